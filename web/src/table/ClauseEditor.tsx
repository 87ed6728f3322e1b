import { Button, Checkbox, Group, MultiSelect, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { OP_WORDS, OPS, type Clause, type Field, type Op } from './cel';

/** Edits one row of a filter: the comparison and the value of a field. */
export function ClauseEditor({ clause, fields, onDone }: { clause: Clause; fields: Field[]; onDone: (clause: Clause) => void }) {
  const field = fields.find((f) => f.cel === clause.field) ?? { cel: clause.field, title: clause.field, kind: 'text' as const };
  const [op, setOp] = useState<Op>(clause.op);
  const [value, setValue] = useState(clause.value);
  const needsValue = op !== 'missing' && op !== 'present';
  const list = Array.isArray(value) ? value : value === '' ? [] : [String(value)];
  const ready = !needsValue || (op === 'in' ? list.length > 0 : value !== '' && value !== undefined);
  const done = () => ready && onDone({ field: field.cel, op, value: op === 'in' ? list : Array.isArray(value) ? (value[0] ?? '') : value });
  const few = (field.options?.length ?? 0) <= 8;
  const numeric = field.kind === 'number' || field.kind === 'money' || field.kind === 'days';
  return (
    <Stack gap={8} w={260}>
      <strong>{field.title}</strong>
      {OPS[field.kind].length > 1 && (
        <Select aria-label="Comparison" data={OPS[field.kind].map((o) => ({ value: o, label: OP_WORDS[o] }))} value={op} onChange={(v) => v && setOp(v as Op)} allowDeselect={false} comboboxProps={{ withinPortal: false }} />
      )}
      {field.kind === 'flag' && <Checkbox label="Yes" checked={value === true} onChange={(e) => setValue(e.currentTarget.checked)} />}
      {needsValue && numeric && (
        <NumberInput aria-label="Value" data-autofocus value={typeof value === 'number' || typeof value === 'string' ? value : ''} onChange={setValue} suffix={field.unit ? ` ${field.unit}` : undefined} thousandSeparator=" " hideControls onKeyDown={(e) => e.key === 'Enter' && done()} />
      )}
      {needsValue && field.kind === 'choice' && op === 'in' && few && (
        <Checkbox.Group aria-label="Values" value={list} onChange={setValue}>
          <Stack gap={6}>
            {(field.options ?? []).map((o) => (
              <Checkbox key={o.value} value={o.value} label={o.label} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
      {needsValue && field.kind === 'choice' && op === 'in' && !few && (
        <MultiSelect aria-label="Values" data-autofocus data={field.options ?? []} value={list} onChange={setValue} searchable comboboxProps={{ withinPortal: false }} />
      )}
      {needsValue && field.kind === 'choice' && op !== 'in' && (
        <Select aria-label="Value" data-autofocus data={field.options ?? []} value={list[0] ?? null} onChange={(v) => setValue(v ?? '')} searchable comboboxProps={{ withinPortal: false }} />
      )}
      {needsValue && field.kind === 'text' && (
        <TextInput aria-label="Value" data-autofocus value={String(value)} onChange={(e) => setValue(e.currentTarget.value)} onKeyDown={(e) => e.key === 'Enter' && done()} />
      )}
      <Group justify="flex-end">
        <Button onClick={done} disabled={!ready}>
          Apply
        </Button>
      </Group>
    </Stack>
  );
}
