// Invented accounts with the shapes of the contract, the same for the same seed.
const DAY = 86_400_000;
const A = ['Northwind', 'Alder', 'Brightwater', 'Cobalt', 'Dunmore', 'Elmfield', 'Fairhaven', 'Gravel', 'Harbour', 'Ironbark', 'Juniper', 'Kestrel', 'Larkspur', 'Meridian', 'Norwell', 'Oakline', 'Pinecrest', 'Quillon', 'Ravelin', 'Saltmarsh', 'Tamarack', 'Umber', 'Verity', 'Westbrook', 'Yarrow', 'Zephyr'];
const B = ['Logistics', 'Health', 'Analytics', 'Foods', 'Robotics', 'Insurance', 'Freight', 'Energy', 'Systems', 'Labs', 'Retail', 'Capital', 'Media', 'Biotech', 'Materials', 'Travel', 'Mobility', 'Security'];
const C = ['Ltd', 'GmbH', 'Inc', 'Group', 'AG', 'SA', 'Co', 'Partners'];
const OWNERS = ['Mina Okafor', 'Jonas Weber', 'Priya Nair', 'Tomás Silva', 'Hanna Lindqvist'].map((name, i) => ({ id: `usr_${i + 1}`, name }));
const SEGMENTS = [{ key: 'enterprise', title: 'Enterprise' }, { key: 'mid_market', title: 'Mid-market' }, { key: 'small_business', title: 'Small business' }];
export const BANDS = [
  { key: 'red', title: 'Poor', color: 'red', letter: 'P', min: 0 },
  { key: 'yellow', title: 'Concerning', color: 'yellow', letter: 'C', min: 40 },
  { key: 'green', title: 'Healthy', color: 'green', letter: 'H', min: 70 },
];
export const MEASURES = [
  { key: 'seat_use', title: 'Seats in use', group: 'Adoption', metric: 'seat_utilisation', unit: 'share', weight: 0.2 },
  { key: 'breadth', title: 'Breadth of use', group: 'Adoption', metric: 'features_used_28d', unit: 'count', weight: 0.15 },
  { key: 'trend', title: 'Usage trend', group: 'Adoption', metric: 'usage_change_28d', unit: 'share', weight: 0.15 },
  { key: 'nps', title: 'NPS answer', group: 'Voice', metric: 'nps_latest', unit: 'count', weight: 0.1 },
  { key: 'sentiment', title: 'CSM sentiment', group: 'Voice', metric: 'csm_sentiment', unit: 'count', weight: 0.1 },
  { key: 'tickets', title: 'Open tickets', group: 'Support', metric: 'tickets_open', unit: 'count', weight: 0.15 },
  { key: 'meetings', title: 'Last meeting', group: 'Relationship', metric: 'days_since_meeting', unit: 'days', weight: 0.15 },
];
export const bandOf = (score) => (score == null ? null : BANDS.findLast((b) => score >= b.min));

function rng(seed) {
  let t = seed >>> 0;
  return () => {
    t = (t + 0x6d2b79f5) | 0;
    let r = Math.imul(t ^ (t >>> 15), 1 | t);
    r = (r + Math.imul(r ^ (r >>> 7), 61 | r)) ^ r;
    return ((r ^ (r >>> 14)) >>> 0) / 4294967296;
  };
}
const pick = (random, list) => list[Math.floor(random() * list.length)];

export function makeAccounts(n, now) {
  const out = [];
  for (let i = 0; i < n; i++) {
    const random = rng(i + 7);
    const normal = () => random() + random() + random() + random() - 2;
    const level = Math.min(98, Math.max(4, 62 + normal() * 34));
    const drift = normal() * 0.9;
    const score = random() < 0.05 ? null : Math.min(100, Math.max(0, level));
    const spark = Array.from({ length: 26 }, (_, w) => (score == null || w < (i % 31 === 0 ? 12 : 0) ? null : Math.min(100, Math.max(0, score - drift * (25 - w) + normal() * 3))));
    if (score != null) spark[25] = score;
    const arr = Math.round(Math.exp(9.6 + normal() * 1.5)) * 100;
    const days = Math.floor(random() * 365) - 6;
    const cells = MEASURES.map((m) => {
      const none = score == null || random() < 0.07;
      const s = none ? null : Math.min(100, Math.max(0, score + normal() * 30));
      return { measure: m.key, score: s, band: s == null ? '' : bandOf(s).key, value: s == null ? null : Math.round(s) / (m.unit === 'share' ? 100 : 10), why: none ? 'no data in the window' : undefined, stale: random() < 0.04 };
    });
    const band = bandOf(score);
    out.push({
      id: `acc_${i.toString(36).padStart(6, '0')}`,
      name: `${A[i % A.length]} ${B[Math.floor(i / A.length) % B.length]}${i >= A.length * B.length ? ` ${C[Math.floor(i / 468) % C.length]} ${Math.floor(i / 3744) || ''}` : ''}`.trim(),
      domain: `${A[i % A.length].toLowerCase()}.example`,
      owner: random() < 0.06 ? null : pick(random, OWNERS),
      segment: SEGMENTS[arr > 6_000_000 ? 0 : arr > 1_500_000 ? 1 : 2],
      stage: pick(random, ['onboarding', 'adoption', 'adoption', 'renewal']),
      active: true,
      since: new Date(now - (200 + Math.floor(random() * 900)) * DAY).toISOString(),
      score, computed_score: score, band: band && { key: band.key, title: band.title, color: band.color, letter: band.letter },
      coverage: score == null ? 0.3 : 0.75 + Math.round(random() * 5) * 0.05,
      scorecard: 'default', overridden: random() < 0.02, stale: random() < 0.05,
      delta_30: score == null ? null : score - (spark[21] ?? score), delta_90: score == null ? null : score - (spark[12] ?? score),
      arr: { minor: arr, currency: 'USD' },
      renewal_at: new Date(now + days * DAY).toISOString().slice(0, 10) + 'T00:00:00Z', days_to_renewal: days,
      spark, cells,
    });
  }
  return out;
}
export const owners = OWNERS;
export const segments = SEGMENTS;
