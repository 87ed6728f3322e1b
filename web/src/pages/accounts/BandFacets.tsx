import { Tooltip } from '@mantine/core';
import type { Band, Facets } from '../../api/contract';
import { moneyShort } from '../../format/money';
import { count, countShort } from '../../format/number';
import { BandShape } from '../../parts/BandChip';
import s from './accounts.module.css';

/** How the filtered accounts spread over the bands; a click leaves only one. */
export function BandFacets({ facets, bands, band, onBand }: { facets?: Facets; bands: Band[]; band?: string; onBand: (band: string | undefined) => void }) {
  if (!facets) return null;
  const none = { key: 'none', title: 'No score', color: 'grey', letter: '?' };
  const shown = [...bands, none].filter((b) => (facets.band[b.key] ?? 0) > 0 || b.key === band);
  if (shown.length === 0) return null;
  return (
    <div className={s.facets} role="group" aria-label="Bands">
      {shown.map(({ key, title, color }) => {
        const n = facets.band[key] ?? 0;
        const arr = facets.arr_by_band[key];
        const words = `${title}: ${count(n)} accounts${arr != null && facets.currency ? `, ${moneyShort({ minor: arr, currency: facets.currency })} ARR` : ''}`;
        return (
          <Tooltip key={key} label={words}>
            <button type="button" data-on={band === key} aria-pressed={band === key} aria-label={words} onClick={() => onBand(band === key ? undefined : key)}>
              <BandShape color={color} />
              {countShort(n)}
            </button>
          </Tooltip>
        );
      })}
    </div>
  );
}
