// The filter bar's language: rows of (field, comparison, value) joined by "and",
// written as a CEL condition. A condition that was written by hand and is not of
// that shape is kept and shown as text.

export type Kind = 'number' | 'money' | 'text' | 'choice' | 'flag' | 'days' | 'condition';
export type Op = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'in' | 'missing' | 'present';

export type Field = {
  /** What CEL calls it; a whole condition when that is its kind. */
  cel: string;
  title: string;
  kind: Kind;
  unit?: string;
  options?: { value: string; label: string }[];
};

export type Clause = { field: string; op: Op; value: string | number | boolean | string[] };

export const OPS: Record<Kind, Op[]> = {
  number: ['<', '<=', '>', '>=', '==', 'missing', 'present'],
  money: ['>=', '<', '>', '<=', 'missing', 'present'],
  days: ['<=', '>=', '<', '>', 'missing', 'present'],
  text: ['contains', '==', '!='],
  choice: ['in', '==', '!='],
  flag: ['=='],
  condition: ['=='],
};

export const OP_WORDS: Record<Op, string> = {
  '==': 'is',
  '!=': 'is not',
  '<': 'below',
  '<=': 'at most',
  '>': 'above',
  '>=': 'at least',
  contains: 'contains',
  in: 'is one of',
  missing: 'has no value',
  present: 'has a value',
};

const quote = (text: string) => JSON.stringify(text);

function literal(value: string | number | boolean, kind: Kind): string {
  if (kind === 'number' || kind === 'money' || kind === 'days') {
    return String(Number(value));
  }
  return typeof value === 'string' ? quote(value) : String(value);
}

/** One clause as CEL. */
export function clauseToCel(clause: Clause, fields: Field[]): string {
  const kind = fields.find((f) => f.cel === clause.field)?.kind ?? 'text';
  const { field, op, value } = clause;
  if (kind === 'condition') return field;
  switch (op) {
    case 'missing':
      return `!known(${field})`;
    case 'present':
      return `known(${field})`;
    case 'contains':
      return `${field}.contains(${quote(String(value))})`;
    case 'in':
      return `${field} in [${(Array.isArray(value) ? value : [String(value)]).map(quote).join(', ')}]`;
    default:
      return `${field} ${op} ${literal(Array.isArray(value) ? value.join(',') : value, kind)}`;
  }
}

/** All clauses as one condition; empty for none. */
export function toCel(clauses: Clause[], fields: Field[]): string {
  return clauses.map((c) => clauseToCel(c, fields)).join(' && ');
}

/** Splits at "&&" outside of strings and brackets. Undefined when a "||" or "?" is outside too. */
function splitAnd(text: string): string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let inString = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (inString) {
      if (c === '\\') i++;
      else if (c === inString) inString = '';
    } else if (c === '"' || c === "'") inString = c;
    else if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) depth--;
    else if (depth === 0 && (text.startsWith('||', i) || c === '?')) return undefined;
    else if (depth === 0 && text.startsWith('&&', i)) {
      parts.push(text.slice(start, i).trim());
      start = i + 2;
      i++;
    }
  }
  if (inString || depth !== 0) return undefined;
  parts.push(text.slice(start).trim());
  return parts;
}

function readLiteral(text: string): string | number | boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) {
    try {
      return JSON.parse(text) as string;
    } catch {
      return undefined;
    }
  }
  if (/^'[^'\\]*'$/.test(text)) return text.slice(1, -1);
  return undefined;
}

function readClause(text: string): Clause | undefined {
  const path = '([a-zA-Z_][\\w.]*(?:\\["[^"\\\\]+"\\])?)';
  let m = new RegExp(`^(!?)known\\(${path}\\)$`).exec(text);
  if (m) return { field: m[2]!, op: m[1] ? 'missing' : 'present', value: '' };

  m = new RegExp(`^${path}\\.contains\\((.+)\\)$`).exec(text);
  if (m) {
    const value = readLiteral(m[2]!.trim());
    return typeof value === 'string' ? { field: m[1]!, op: 'contains', value } : undefined;
  }
  m = new RegExp(`^${path} in \\[(.*)\\]$`).exec(text);
  if (m) {
    const items = m[2]!.match(/"(?:[^"\\]|\\.)*"|'[^'\\]*'/g) ?? [];
    const values = items.map((item) => readLiteral(item));
    return values.every((v) => typeof v === 'string') ? { field: m[1]!, op: 'in', value: values as string[] } : undefined;
  }
  m = new RegExp(`^${path}\\s*(==|!=|<=|>=|<|>)\\s*(.+)$`).exec(text);
  if (m) {
    const value = readLiteral(m[3]!.trim());
    return value === undefined ? undefined : { field: m[1]!, op: m[2] as Op, value };
  }
  return undefined;
}

/** The clauses of a condition, or undefined when only its text can show it. */
export function fromCel(text: string, fields: Field[]): Clause[] | undefined {
  if (!text.trim()) return [];
  const parts = splitAnd(text);
  if (!parts) return undefined;
  const clauses: Clause[] = [];
  for (const part of parts) {
    const whole = fields.find((f) => f.kind === 'condition' && f.cel === part);
    if (whole) {
      clauses.push({ field: whole.cel, op: '==', value: true });
      continue;
    }
    const clause = readClause(part);
    const field = clause && fields.find((f) => f.cel === clause.field);
    if (!clause || !field || !OPS[field.kind].includes(clause.op)) return undefined;
    clauses.push(clause);
  }
  return clauses;
}

/** A clause in words, for its chip: "Score below 40". */
export function clauseInWords(clause: Clause, fields: Field[]): string {
  const field = fields.find((f) => f.cel === clause.field);
  const title = field?.title ?? clause.field;
  if (clause.op === 'missing' || clause.op === 'present') return `${title} ${OP_WORDS[clause.op]}`;
  if (field?.kind === 'condition') return title;
  if (field?.kind === 'flag') return clause.value === true ? title : `not ${title.toLowerCase()}`;
  const label = (v: string | number | boolean) => field?.options?.find((o) => o.value === v)?.label ?? String(v);
  const values = Array.isArray(clause.value) ? clause.value.map(label).join(', ') : label(clause.value);
  const op = clause.op === 'in' && Array.isArray(clause.value) && clause.value.length === 1 ? 'is' : OP_WORDS[clause.op];
  return `${title} ${op} ${values}${field?.unit ? ` ${field.unit}` : ''}`;
}
