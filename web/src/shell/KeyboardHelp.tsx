import { Kbd, Modal } from '@mantine/core';
import { places } from './places';
import s from './shell.module.css';

const sections: { title: string; keys: [string, string][] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['Ctrl K', 'Find an account, page or action'],
      ['[', 'One week earlier'],
      [']', 'One week later'],
      ['t', 'Back to today'],
      ['?', 'This list'],
      ['Esc', 'Close what is open'],
      ...places.map((p): [string, string] => [`g ${p.go}`, `Go to ${p.title}`]),
    ],
  },
  {
    title: 'In a table',
    keys: [
      ['j / k', 'Next, previous row'],
      ['Enter', 'Look at the row beside the table'],
      ['o', 'Open its page'],
      ['x', 'Select the row'],
      ['e', 'Explain its score'],
      ['/', 'Filter'],
    ],
  },
];

export function KeyboardHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal overlayProps={{ backgroundOpacity: 0.35 }} opened={opened} onClose={onClose} title="Keyboard" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className={s.helpGrid}>
        {sections.map((section) => (
          <div key={section.title}>
            <h3 className={s.helpTitle}>{section.title}</h3>
            {section.keys.map(([key, what]) => (
              <div key={key} className={s.helpRow}>
                <span>{what}</span>
                <Kbd size="xs">{key}</Kbd>
              </div>
            ))}
          </div>
        ))}
      </div>
    </Modal>
  );
}
