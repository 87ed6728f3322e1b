import type { Band } from '../api/contract';

/** The colours that the model may name; everything else is shown as grey. */
export const BAND_COLORS = ['red', 'orange', 'yellow', 'lime', 'green', 'grey'] as const;
export type BandColor = (typeof BAND_COLORS)[number];

export function bandColor(color: string | null | undefined): BandColor {
  return (BAND_COLORS as readonly string[]).includes(color ?? '') ? (color as BandColor) : 'grey';
}

/** One shape per colour, so that a band is known without seeing colour. */
export const BAND_SHAPE: Record<BandColor, string> = {
  red: 'M5 0 10 5 5 10 0 5Z',
  orange: 'M0 1.5H10L5 10Z',
  yellow: 'M5 .6 10 9.4H0Z',
  lime: 'M5 0 9.76 3.45 7.94 9.05H2.06L.24 3.45Z',
  green: 'M5 0A5 5 0 1 1 5 10 5 5 0 1 1 5 0Z',
  grey: 'M.5.5H9.5V9.5H.5Z',
};

/** The letter of a band: the one the model gives, else the first of its title. */
export function bandLetter(band: Pick<Band, 'title' | 'key'> & { letter?: string }): string {
  return (band.letter || band.title || band.key || '?').slice(0, 1).toUpperCase();
}

/** What a screen reader says for a score in its band. */
export function bandInWords(
  band: Band | null | undefined,
  score: number | null | undefined,
  flags: { stale?: boolean; overridden?: boolean } = {},
): string {
  const words = [band ? band.title : 'No score'];
  if (band && score != null) words.push(`score ${Math.round(score)}`);
  if (flags.stale) words.push('some inputs are stale');
  if (flags.overridden) words.push('overridden by hand');
  return words.join(', ');
}
