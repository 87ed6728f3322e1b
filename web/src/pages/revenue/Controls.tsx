import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { RevenueBridge } from '../../api/revenue';
import s from './revenue.module.css';
import type { RevenueSearch } from './search';

const SPAN_WORDS = [
  { value: '3m', label: '3 months' },
  { value: '12m', label: '12 months' },
  { value: '24m', label: '2 years' },
  { value: '36m', label: '3 years' },
  { value: 'ytd', label: 'this year' },
];

/** Which time, in which periods and groups, in which currency. */
export function Controls({ search, bridge }: { search: RevenueSearch; bridge?: RevenueBridge }) {
  const navigate = useNavigate({ from: '/revenue' });
  const set = (change: Partial<RevenueSearch>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <div className={`${s.controls} no-print`} role="group" aria-label="What is shown">
      <Select
        label="Time"
        size="xs"
        w={130}
        allowDeselect={false}
        value={search.span ?? '12m'}
        data={SPAN_WORDS}
        onChange={(v) => set({ span: v === '12m' ? undefined : (v as RevenueSearch['span']), kind: undefined, group: undefined })}
      />
      <div>
        <span className={s.label} id="revenue-step">
          Periods
        </span>
        <SegmentedControl
          size="xs"
          aria-labelledby="revenue-step"
          value={search.step ?? 'month'}
          data={[
            { value: 'month', label: 'months' },
            { value: 'quarter', label: 'quarters' },
            { value: 'year', label: 'years' },
          ]}
          onChange={(v) => set({ step: v === 'month' ? undefined : (v as RevenueSearch['step']) })}
        />
      </div>
      <Select
        label="By"
        size="xs"
        w={210}
        allowDeselect={false}
        value={search.by ?? 'segment'}
        data={[
          { value: 'segment', label: 'segment' },
          { value: 'owner', label: 'owner' },
          { value: 'cohort', label: 'quarter of the first payment' },
          { value: 'product', label: 'product' },
          { value: 'none', label: 'no groups' },
        ]}
        onChange={(v) => set({ by: v === 'segment' ? undefined : (v as RevenueSearch['by']), group: undefined })}
      />
      <TextInput
        label="Currency"
        size="xs"
        w={90}
        maxLength={3}
        placeholder={bridge?.currency || 'the only'}
        defaultValue={search.currency}
        onChange={(e) => {
          const code = e.currentTarget.value.trim().toUpperCase();
          if (code === '' || /^[A-Z]{3}$/.test(code)) set({ currency: code || undefined });
        }}
      />
    </div>
  );
}
