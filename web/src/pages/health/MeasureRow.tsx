import { ActionIcon, NumberInput, Select, TextInput, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconTrash } from '@tabler/icons-react';
import type { Metric } from '../../api/contract';
import type { ScorecardMeasure } from '../../api/shapes';
import { percent } from '../../format/number';
import { CurvePlot } from './CurvePlot';
import { CurveTable } from './CurveTable';
import s from './editor.module.css';

type Props = {
  measure: ScorecardMeasure;
  metric: Metric | undefined;
  share: number;
  open: boolean;
  onOpen: () => void;
  onChange: (change: Partial<ScorecardMeasure>) => void;
  onDrop: () => void;
};

const NULLS = [
  { value: 'ignore', label: 'leave it out, share its weight out' },
  { value: 'neutral', label: 'count as 50' },
  { value: 'worst', label: 'count as 0' },
];

/** One measure: its weight and curve at a glance; opened, everything about it. */
export function MeasureRow({ measure: m, metric, share, open, onOpen, onChange, onDrop }: Props) {
  const name = m.title || metric?.title || m.key;
  return (
    <div className={s.measure} data-open={open}>
      <div className={s.measureHead}>
        <UnstyledButton className={s.measureName} aria-expanded={open} onClick={onOpen}>
          {open ? <IconChevronDown size={14} aria-hidden="true" /> : <IconChevronRight size={14} aria-hidden="true" />}
          <span>
            {name}
            <span className={s.measureHint}>{m.cases?.length ? `by ${m.cases.length} conditions` : (metric?.in_words ?? m.metric)}</span>
          </span>
        </UnstyledButton>
        <span className={s.mini} aria-hidden="true">
          <CurvePlot measure={m} spread={metric?.distribution} unit={metric?.unit} width={110} height={30} axis={false} />
        </span>
        <NumberInput aria-label={`Weight of ${name}`} w={64} min={0} max={1000} hideControls value={m.weight} onChange={(v) => typeof v === 'number' && onChange({ weight: v })} />
        <span className={s.share} title="Its share of the whole score">
          {percent(share, 1)}
        </span>
        <ActionIcon aria-label={`Remove ${name}`} onClick={onDrop}>
          <IconTrash size={15} />
        </ActionIcon>
      </div>
      {open && (
        <div className={s.measureBody}>
          <div className={s.measurePlot}>
            <CurvePlot measure={m} spread={metric?.distribution} unit={metric?.unit} width={300} height={120} />
            <p className={s.note}>
              {metric?.distribution ? 'Shaded: where your accounts are today. Dark is the middle half, light is nine tenths, the line is the median.' : 'No account has a value for this metric yet.'}
              {metric && ` ${percent(metric.coverage)} of the accounts have a value.`}
            </p>
          </div>
          {!m.cases?.length && <CurveTable measure={m} unit={metric?.unit} onChange={onChange} />}
          {m.cases?.length ? (
            <ol className={s.note}>
              {m.cases.map((c) => (
                <li key={c.when}>
                  {c.score} when <code>{c.when}</code>
                </li>
              ))}
              {m.otherwise != null && <li>{m.otherwise} otherwise</li>}
            </ol>
          ) : null}
          <div className={s.policies}>
            <TextInput label="Title" value={m.title ?? ''} placeholder={metric?.title} onChange={(e) => onChange({ title: e.currentTarget.value || undefined })} />
            <Select label="When there is no value" data={NULLS} allowDeselect={false} value={m.on_null || 'ignore'} onChange={(v) => onChange({ on_null: v === 'ignore' ? undefined : (v ?? undefined) })} />
            <Duration label="Flag as stale after" value={m.stale_after} onChange={(v) => onChange({ stale_after: v })} />
            <Duration label="Expires after" value={m.expires_after} onChange={(v) => onChange({ expires_after: v })} />
            <Duration label="Leave out for new accounts, for" value={m.grace_new} onChange={(v) => onChange({ grace_new: v })} />
          </div>
        </div>
      )}
    </div>
  );
}

/** Days as the model writes them: "90d". */
function Duration({ label, value, onChange }: { label: string; value?: string; onChange: (v: string | undefined) => void }) {
  const days = /^(\d+)d$/.exec(value ?? '')?.[1];
  if (value && !days) return <TextInput label={label} value={value} onChange={(e) => onChange(e.currentTarget.value || undefined)} />;
  return <NumberInput label={label} placeholder="never" suffix=" days" min={0} max={3650} value={days ? Number(days) : ''} onChange={(v) => onChange(typeof v === 'number' && v > 0 ? `${v}d` : undefined)} />;
}
