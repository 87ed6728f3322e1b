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

/** The lines [from, to) of a scorecard in the text of a model, or undefined when it is not found. */
export function findScorecard(lines: string[], key: string): [number, number] | undefined {
  const start = lines.findIndex((l) => /^scorecards:\s*$/.test(l));
  if (start < 0) return undefined;
  const ends = (l: string) => /^\S/.test(l) && !l.startsWith('#');
  for (let i = start + 1; i < lines.length && !ends(lines[i]!); i++) {
    const item = /^(\s*)- (?:key:\s*["']?([^"'\s]+)["']?)?/.exec(lines[i]!);
    if (!item || item[2] !== key) continue;
    const same = new RegExp(`^${item[1]}- `);
    let to = i + 1;
    while (to < lines.length && !ends(lines[to]!) && !same.test(lines[to]!)) to++;
    while (to > i + 1 && lines[to - 1]!.trim() === '') to--;
    return [i, to];
  }
  return undefined;
}

/** The text of the model with the scorecard as it is on the page. */
export function spliceScorecard(yaml: string, card: Scorecard): string {
  const lines = yaml.split('\n');
  const found = findScorecard(lines, card.key);
  if (!found) return yaml;
  return [...lines.slice(0, found[0]), ...scorecardYaml(card), ...lines.slice(found[1])].join('\n');
}
