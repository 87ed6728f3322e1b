/** One page under Operate: its tab, and the question of the founding articles that it answers. */
export type OperatePart = { key: string; title: string; to: string; question: string };

/** The parts of the operating model, in the order in which a company works on them. */
export const operateParts: OperatePart[] = [
  { key: 'maturity', title: 'Maturity', to: '/operate/maturity', question: 'Where do we stand, and what is the next step?' },
];
