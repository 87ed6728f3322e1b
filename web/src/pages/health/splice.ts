// Writes a scorecard into the text of a model. The server reads the text with its
// own parser and has the last word: this only saves typing.
import type { Scorecard } from '../../api/shapes';

const plain = /^[A-Za-z_][\w./ -]*$/;
const reserved = /^(true|false|null|yes|no|on|off|~)$/i;

function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return plain.test(value) && !reserved.test(value) && !value.endsWith(' ') ? value : JSON.stringify(value);
}

const isFlat = (v: unknown): v is Record<string, string | number> => typeof v === 'object' && v !== null && !Array.isArray(v) && Object.values(v).every((x) => typeof x !== 'object');

/** A value as YAML lines at an indentation; small maps stay on one line. */
function write(value: unknown, indent: string): string[] {
  const out: string[] = [];
  for (const [key, v] of Object.entries(value as Record<string, unknown>)) {
    if (v === undefined || v === null) continue;
    if (Array.isArray(v)) {
      if (v.length === 0) continue;
      out.push(`${indent}${key}:`);
      for (const item of v) {
        if ((key === 'points' || key === 'steps' || key === 'bands') && isFlat(item)) {
          const parts = Object.entries(item).filter(([, x]) => x !== undefined && x !== null);
          out.push(`${indent}  - {${parts.map(([k, x]) => `${k}: ${scalar(x)}`).join(', ')}}`);
        } else {
          const lines = write(item, `${indent}    `);
          out.push(...lines.map((l, i) => (i === 0 ? `${indent}  - ${l.trimStart()}` : l)));
        }
      }
    } else if (typeof v === 'object') out.push(`${indent}${key}:`, ...write(v, `${indent}  `));
    else out.push(`${indent}${key}: ${scalar(v as string | number | boolean)}`);
  }
  return out;
}

/** A scorecard as one item of the list `scorecards`. */
export function scorecardYaml(card: Scorecard): string[] {
  const { key, title, description, when, priority, redistribution, min_coverage, band_bounds, bands, groups, exceptions } = card;
  const lines = write({ key, title, description, when, priority, redistribution, min_coverage, band_bounds, bands, groups, exceptions }, '    ');
  return lines.map((l, i) => (i === 0 ? `  - ${l.trimStart()}` : l));
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The lines [from, to) of the item of a list whose `field` has the value, or undefined when it is not found. */
export function findItem(lines: string[], list: string, field: string, value: string): [number, number] | undefined {
  const start = lines.findIndex((l) => new RegExp(`^${list}:\\s*(#.*)?$`).test(l));
  if (start < 0) return undefined;
  const ends = (l: string) => /^[^\s#-]/.test(l);
  let end = start + 1;
  while (end < lines.length && !ends(lines[end]!)) end++;
  const first = lines.slice(start + 1, end).find((l) => /^\s*- /.test(l));
  if (first === undefined) return undefined;
  const indent = first.length - first.trimStart().length;
  const isItem = (l: string) => new RegExp(`^ {${indent}}- `).test(l);
  const named = new RegExp(`^ {${indent}}(?:- | {2})${field}:\\s*["']?${escaped(value)}["']?\\s*(#.*)?$`);
  for (let i = start + 1; i < end; i++) {
    if (!isItem(lines[i]!)) continue;
    let to = i + 1;
    while (to < end && !isItem(lines[to]!)) to++;
    if (lines.slice(i, to).some((l) => named.test(l))) {
      // Blank lines and comments before the next item are not this one's.
      while (to > i + 1 && /^\s*(#.*)?$/.test(lines[to - 1]!)) to--;
      return [i, to];
    }
  }
  return undefined;
}

/** The lines [from, to) of a scorecard in the text of a model, or undefined when it is not found. */
export const findScorecard = (lines: string[], key: string) => findItem(lines, 'scorecards', 'key', key);

/** The text of the model with the scorecard as it is on the page. */
export function spliceScorecard(yaml: string, card: Scorecard): string {
  const lines = yaml.split('\n');
  const found = findScorecard(lines, card.key);
  if (!found) return yaml;
  return [...lines.slice(0, found[0]), ...scorecardYaml(card), ...lines.slice(found[1])].join('\n');
}

/** The text of one metric, without the dash and the indentation of the list. */
export function metricText(yaml: string, name: string): string | undefined {
  const lines = yaml.split('\n');
  const found = findItem(lines, 'metrics', 'name', name);
  if (!found) return undefined;
  const item = lines.slice(...found);
  const indent = item[0]!.length - item[0]!.trimStart().length + 2;
  return item.map((l, i) => (i === 0 ? l.slice(indent) : l.slice(Math.min(indent, l.length - l.trimStart().length)))).join('\n');
}

/** The text of the model with the text of one metric in its place, or as the last of its metrics. */
export function spliceMetric(yaml: string, name: string, text: string): string {
  const item = text
    .trimEnd()
    .split('\n')
    .map((l, i) => (i === 0 ? `  - ${l}` : l && `    ${l}`));
  const lines = yaml.split('\n');
  const found = findItem(lines, 'metrics', 'name', name);
  if (found) {
    const before = lines[found[0]]!;
    const indent = ' '.repeat(before.length - before.trimStart().length);
    return [...lines.slice(0, found[0]), ...item.map((l) => l && indent + l.slice(2)), ...lines.slice(found[1])].join('\n');
  }
  const at = lines.findIndex((l) => /^metrics:\s*(#.*)?$/.test(l));
  if (at < 0) return `${yaml.trimEnd()}\n\nmetrics:\n${item.join('\n')}\n`;
  const first = lines.slice(at + 1).find((l) => /^\s*- /.test(l)) ?? '  -';
  const indent = ' '.repeat(first.length - first.trimStart().length);
  return [...lines.slice(0, at + 1), ...item.map((l) => l && indent + l.slice(2)), ...lines.slice(at + 1)].join('\n');
}
