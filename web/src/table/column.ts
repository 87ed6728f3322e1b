import type { ReactNode } from 'react';

/** A column of a table whose rows come from the server, sorted and filtered there. */
export type Column<Row> = {
  key: string;
  title: string;
  /** What the header says on hover. */
  hint?: string;
  /** Lets a long title take two lines. */
  wrap?: boolean;
  /** Pixels; the first column takes what is left. */
  width: number;
  align?: 'left' | 'right' | 'center';
  /** The server's sort key; absent when the column cannot be sorted. */
  sort?: string;
  /** Whether the first click sorts the largest first. */
  descFirst?: boolean;
  render: (row: Row) => ReactNode;
  /** The plain value of the cell for CSV; absent means the column has no figure of its own. */
  csv?: (row: Row) => string | number | null | undefined;
};

/** The columns to show, in the order asked for; unknown keys are left out, the first column always stays. */
export function pickColumns<Row>(all: Column<Row>[], keys: string[] | undefined, standard: string[]): Column<Row>[] {
  const wanted = keys ?? standard;
  const first = all[0]!;
  const rest = wanted.map((key) => all.find((c) => c.key === key)).filter((c): c is Column<Row> => c !== undefined && c !== first);
  return [first, ...rest];
}
