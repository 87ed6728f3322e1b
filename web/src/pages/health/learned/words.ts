import type { Claim, LearnedWeight } from '../../../api/shapes';

const VERDICTS: Record<LearnedWeight['verdict'], string> = {
  kept: 'kept',
  moved: 'moved',
  undecided: 'undecided',
  no_evidence: 'no evidence',
  unseen: 'not seen',
};

/** What became of a weight, in a word. */
export const verdictWord = (v: LearnedWeight['verdict']): string => VERDICTS[v] ?? v;

/** The right end of the scale of shares: the largest of them, in steps of a tenth. */
export function scaleOf(weights: Pick<LearnedWeight, 'hand' | 'learned' | 'high'>[]): number {
  const most = Math.max(0.05, ...weights.flatMap((w) => [w.hand, w.learned, w.high ?? 0]));
  return Math.min(1, Math.ceil(most * 10 - 1e-9) / 10);
}

/** The conditions of a claim that did not hold. */
export const failed = (claim: Claim): string[] => claim.conditions.filter((c) => !c.held).map((c) => c.title);

/** The largest contributions of an account, up and down, by the titles of the weights. */
export function largest(contributions: number[], weights: Pick<LearnedWeight, 'title'>[], most = 2): { title: string; points: number }[] {
  return contributions
    .map((points, i) => ({ title: weights[i]?.title ?? '', points }))
    .filter((c) => Math.abs(c.points) >= 0.5)
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points))
    .slice(0, most);
}
