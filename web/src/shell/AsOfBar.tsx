import { Popover, Stack, Button, Group } from '@mantine/core';
import { DatePicker } from '@mantine/dates';
import { useDisclosure } from '@mantine/hooks';
import { IconCalendar, IconChevronLeft, IconChevronRight, IconHistory } from '@tabler/icons-react';
import { day } from '../format/date';
import { dayFromWords, dayOf, readAsOf } from '../url/asof';
import { useAsOf } from '../url/useAsOf';
import s from './shell.module.css';

const shortcuts = ['1 week ago', '1 month ago', 'end of last month', 'end of last quarter', '1 year ago'];

/** Today or any past day; the whole page moves, and the URL carries it. */
export function AsOfBar() {
  const { asOf, setAsOf, step } = useAsOf();
  const [open, panel] = useDisclosure(false);
  const pick = (value: string | undefined) => {
    setAsOf(value);
    panel.close();
  };
  const Icon = asOf ? IconHistory : IconCalendar;
  return (
    <div className={s.asof} data-past={asOf !== undefined} role="group" aria-label="As-of date">
      <button type="button" className={s.asofStep} onClick={() => step(-1)} aria-label="One week earlier" title="One week earlier  [">
        <IconChevronLeft size={15} />
      </button>
      <Popover opened={open} onChange={panel.toggle} position="bottom-end" shadow="md" trapFocus returnFocus>
        <Popover.Target>
          <button type="button" className={s.asofDay} onClick={panel.toggle} aria-haspopup="dialog" aria-expanded={open}>
            <Icon size={15} aria-hidden="true" />
            {asOf ? (
              <>
                <span className={s.asofHint}>as of</span> {day(asOf)}
              </>
            ) : (
              'Today'
            )}
          </button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Choose the as-of date">
          <Group align="flex-start" gap="lg" wrap="wrap-reverse">
            <Stack gap={2} w={150}>
              <Button variant={asOf ? 'subtle' : 'light'} justify="flex-start" onClick={() => pick(undefined)}>
                Today
              </Button>
              {shortcuts.map((words) => (
                <Button key={words} variant="subtle" color="gray" justify="flex-start" onClick={() => pick(dayFromWords(words))}>
                  {words[0]!.toUpperCase() + words.slice(1)}
                </Button>
              ))}
            </Stack>
            <DatePicker
              size="xs"
              weekendDays={[]}
              value={asOf ?? dayOf(Date.now())}
              defaultDate={asOf ?? dayOf(Date.now())}
              maxDate={dayOf(Date.now())}
              onChange={(value) => value && pick(readAsOf(value))}
              ariaLabels={{ previousMonth: 'Previous month', nextMonth: 'Next month', previousYear: 'Previous year', nextYear: 'Next year' }}
            />
          </Group>
        </Popover.Dropdown>
      </Popover>
      <button type="button" className={s.asofStep} onClick={() => step(1)} disabled={!asOf} aria-label="One week later" title="One week later  ]">
        <IconChevronRight size={15} />
      </button>
    </div>
  );
}

/** Under the top bar of every past page. */
export function PastNote() {
  const { asOf, setAsOf, known, setKnown } = useAsOf();
  if (!asOf) return null;
  return (
    <div className={s.past} role="status">
      <IconHistory size={14} aria-hidden="true" />
      <span>
        You are looking at the past: everything here is as of the start of {day(asOf)} (UTC), {known ? 'with what became known since' : 'from what was known then'}.
      </span>
      <button type="button" onClick={() => setKnown(known ? undefined : 'now')} title="Late events, and corrections of facts and subscriptions">
        {known ? 'As it was known then' : 'As corrected since'}
      </button>
      <button type="button" onClick={() => setAsOf(undefined)}>
        Back to today
      </button>
    </div>
  );
}
