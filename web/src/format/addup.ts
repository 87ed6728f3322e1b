/**
 * Rounds parts so that the figures shown add up to the total shown: every part is
 * rounded down, and the units that are left go to the largest remainders. No part
 * moves by more than one unit of its last digit.
 */
export function addUp(parts: number[], total: number, digits = 1): number[] {
  const unit = 10 ** digits;
  const whole = parts.map((p) => Math.floor(round(p * unit)));
  let left = Math.round(round(total * unit)) - whole.reduce((a, b) => a + b, 0);
  const order = parts.map((p, i) => [round(p * unit) - whole[i]!, i] as const).sort((a, b) => b[0] - a[0]);
  // What does not add up is not made to: more units than parts are left as they are.
  if (left < 0 || left > parts.length) return parts.map((p) => Math.round(p * unit) / unit);
  for (const [, i] of order) {
    if (left === 0) break;
    whole[i]!++;
    left--;
  }
  return whole.map((w) => w / unit);
}

// Takes away the noise of binary fractions, so that 61.3 is not 61.2999999.
const round = (x: number) => Math.round(x * 1e6) / 1e6;

/** Whether the parts add up to the total, but for the noise of binary fractions. */
export function addsUp(parts: number[], total: number): boolean {
  return Math.abs(parts.reduce((a, b) => a + b, 0) - total) < 1e-6 * Math.max(1, Math.abs(total));
}
