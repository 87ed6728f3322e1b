import type { Connection } from '../../api/shapes';

export const WORDS: Record<Connection['state'], string> = { running: 'reading', ok: 'up to date', failing: 'failing', paused: 'paused', new: 'not read yet', manual: 'by hand' };

/** How a state is drawn, in the words of the other tables. */
export const SHOWN: Record<Connection['state'], string> = { running: 'running', ok: 'ok', failing: 'failed', paused: 'empty', new: 'queued', manual: 'ok' };

/** An interval as a person says it. */
export function every(seconds: number): string {
  if (seconds === 0) return 'by hand only';
  if (seconds % 86_400 === 0) return seconds === 86_400 ? 'every day' : `every ${seconds / 86_400} days`;
  if (seconds % 3600 === 0) return seconds === 3600 ? 'every hour' : `every ${seconds / 3600} hours`;
  if (seconds % 60 === 0) return seconds === 60 ? 'every minute' : `every ${seconds / 60} minutes`;
  return `every ${seconds} seconds`;
}

export const INTERVALS = [300, 900, 1800, 3600, 21_600, 86_400, 0];

/** A message as a sentence of its own. */
export function sentenceOf(text: string): string {
  const t = text.trim();
  return t === '' ? '' : t.slice(0, 1).toUpperCase() + t.slice(1) + (/[.!?]$/.test(t) ? '' : '.');
}
