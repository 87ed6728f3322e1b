import type { Maturity } from '../../../api/operate';

/** The message of the radar: which dimension is the weakest, and which the strongest. */
export function weakest(m: Maturity): string {
  const rated = m.company.dimensions.filter((d) => d.score != null);
  if (rated.length === 0) return 'No dimension is rated yet';
  const sorted = [...rated].sort((a, b) => a.score! - b.score!);
  const low = sorted[0]!;
  const high = sorted.at(-1)!;
  if (high.score! - low.score! < 1e-9) return `All rated dimensions stand at ${low.score!.toFixed(0)} of 100`;
  return `${low.title} is the weakest (${low.score!.toFixed(0)}), ${high.title} the strongest (${high.score!.toFixed(0)})`;
}

/** The message of the history. */
export function progress(history: Maturity['history']): string {
  const first = history.at(0);
  const last = history.at(-1);
  if (first?.overall == null || last?.overall == null || history.length < 2) return 'One day of ratings so far';
  const move = last.overall - first.overall;
  if (Math.abs(move) < 0.5) return 'No change since the first rating';
  return `${move > 0 ? 'Up' : 'Down'} ${Math.abs(move).toFixed(0)} points since the first rating`;
}
