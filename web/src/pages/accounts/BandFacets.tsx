import { Tooltip } from '@mantine/core';
import type { Facets } from '../../api/contract';
import { moneyShort } from '../../format/money';
import { count, countShort } from '../../format/number';
import { BandShape } from '../../parts/BandChip';
import s from './accounts.module.css';

const ORDER = ['red', 'orange', 'yellow', 'lime', 'green'];

/** How the filtered accounts spread over the bands; a click leaves only one. */
export function BandFacets({ facets, band, onBand }: { facets?: Facets; band?: string; onBand: (band: string | undefined) => void }) {
  if (!facets) return null;
  const keys = Object.keys(facets.band).filter((k) => k !== 'none' && k !== '');
  keys.sort((a, b) => rank(a) - rank(b));
  const none = (facets.band.none ?? 0) + (facets.band[''] ?? 0);
  const shown = none > 0 ? [...keys, 'none'] : keys;
  return (
    <div className={s.facets} role="group" aria-label="Bands">
      {shown.map((key) => {
        const n = key === 'none' ? none : (facets.band[key] ?? 0);
        const arr = facets.arr_by_band[key];
        const words = `${key === 'none' ? 'No score' : key[0]!.toUpperCase() + key.slice(1)}: ${count(n)} accounts${arr != null && facets.currency ? `, ${moneyShort({ minor: arr, currency: facets.currency })} ARR` : ''}`;
        return (
          <Tooltip key={key} label={words}>
            <button type="button" data-on={band === key} aria-pressed={band === key} aria-label={words} onClick={() => onBand(band === key ? undefined : key)}>
              <BandShape color={key === 'none' ? 'grey' : key} />
              {countShort(n)}
            </button>
          </Tooltip>
        );
      })}
    </div>
  );
}

const rank = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
