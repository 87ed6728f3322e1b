import { Select } from '@mantine/core';
import { HORIZONS } from './search';

/** How many days ahead is asked; 90 stand for nothing said. */
export function HorizonSelect({ horizon = '90d', onChange }: { horizon?: string; onChange: (horizon: string | undefined) => void }) {
  return (
    <Select
      label="Ahead"
      size="xs"
      w={110}
      allowDeselect={false}
      value={horizon}
      data={[...new Set([...HORIZONS, horizon])].map((h) => ({ value: h, label: `${parseInt(h, 10)} days` }))}
      onChange={(v) => onChange(v === '90d' ? undefined : (v ?? undefined))}
    />
  );
}
