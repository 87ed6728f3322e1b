import { ActionIcon, Checkbox, Menu, SegmentedControl, Tooltip } from '@mantine/core';
import { IconColumns3, IconDownload } from '@tabler/icons-react';
import type { Column } from './column';

type Props<Row> = {
  all: Column<Row>[];
  shown: string[];
  onShown: (keys: string[]) => void;
  comfortable: boolean;
  onComfortable: (on: boolean) => void;
  onExport: () => void;
  exporting?: boolean;
};

/** Which columns, how dense, and the export of what is shown. */
export function TableMenu<Row>({ all, shown, onShown, comfortable, onComfortable, onExport, exporting }: Props<Row>) {
  const toggle = (key: string) => onShown(shown.includes(key) ? shown.filter((k) => k !== key) : [...shown, key]);
  return (
    <>
      <Menu closeOnItemClick={false} position="bottom-end" width={260}>
        <Menu.Target>
          <Tooltip label="Columns and density">
            <ActionIcon aria-label="Columns and density">
              <IconColumns3 size={17} />
            </ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
          <Menu.Label>Density</Menu.Label>
          <SegmentedControl fullWidth mx={8} mb={4} aria-label="Density" value={comfortable ? 'comfortable' : 'compact'} onChange={(v) => onComfortable(v === 'comfortable')} data={[{ value: 'compact', label: 'Compact' }, { value: 'comfortable', label: 'Comfortable' }]} style={{ width: 'calc(100% - 16px)' }} />
          <Menu.Label>Columns</Menu.Label>
          {all.slice(1).map((c) => (
            <Menu.Item key={c.key} onClick={() => toggle(c.key)} role="menuitemcheckbox" aria-checked={shown.includes(c.key)} leftSection={<Checkbox checked={shown.includes(c.key)} readOnly tabIndex={-1} aria-hidden="true" />}>
              {c.title}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Tooltip label="Export what is shown as CSV">
        <ActionIcon aria-label="Export what is shown as CSV" onClick={onExport} loading={exporting}>
          <IconDownload size={17} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}
