import { IconClockHour4, IconHandStop } from '@tabler/icons-react';
import type { Band } from '../api/contract';
import { score as scoreText } from '../format/number';
import { BAND_SHAPE, bandColor, bandInWords, bandLetter } from './band';
import s from './parts.module.css';

export function BandShape({ color }: { color?: string | null }) {
  const known = bandColor(color);
  return (
    <svg className={s.shape} data-color={known} viewBox="0 0 10 10" aria-hidden="true">
      <path d={BAND_SHAPE[known]} />
    </svg>
  );
}

type Props = {
  band: Band | null | undefined;
  score?: number | null;
  stale?: boolean;
  overridden?: boolean;
  /** Shows the title of the band instead of its letter. */
  full?: boolean;
  /** Says who overrode it, or what is stale. */
  note?: string;
};

/**
 * Shape, letter, colour and score of a health band. Grey and hatched when there
 * is no score; a clock when an input is stale; a hand when it was overridden.
 */
export function BandChip({ band, score, stale, overridden, full, note }: Props) {
  const words = bandInWords(band, score, { stale, overridden });
  return (
    <span className={s.chip} data-color={bandColor(band ? band.color : 'grey')} title={note ? `${words}. ${note}` : words}>
      <BandShape color={band ? band.color : 'grey'} />
      <span className={s.letter} aria-hidden="true">
        {full ? (band?.title ?? 'No score') : band ? bandLetter(band) : '?'}
      </span>
      {score != null && <span aria-hidden="true">{scoreText(score)}</span>}
      {stale && <IconClockHour4 className={s.mark} aria-hidden="true" />}
      {overridden && <IconHandStop className={s.mark} aria-hidden="true" />}
      <span className="sr-only">{words}</span>
    </span>
  );
}
