import type { AttributeRow } from '../../api/shapes';
import { day } from '../../format/date';
import { decimal, NONE, withUnit } from '../../format/number';

/** How the page changes an attribute: some have a form of their own, and what programs write is not typed over. */
export function editOf(key: string): 'form' | 'sentiment' | 'none' {
  if (key.replace(/^manual\./, '') === 'csm_sentiment') return 'sentiment';
  return ['owner', 'lifecycle_stage', 'stage'].includes(key) || /^(program|manual)\./.test(key) ? 'none' : 'form';
}

/** The value of an attribute as its type wants to be read. */
export function attributeText(a: Pick<AttributeRow, 'type' | 'unit' | 'value'>): string {
  const v: unknown = a.value;
  if (v == null || v === '') return NONE;
  if (typeof v === 'boolean') return v ? 'yes' : 'no';
  if (typeof v === 'number') return a.unit ? withUnit(v, a.unit) : decimal(v);
  if (a.type === 'date' || a.type === 'day') return day(String(v));
  return typeof v === 'object' ? JSON.stringify(v) : String(v);
}

/** What was typed as the value that the type asks for, or what is wrong with it. */
export function parseAttribute(text: string, type: string): { value?: unknown; error?: string } {
  const t = text.trim();
  if (t === '') return { error: 'Give a value' };
  switch (type) {
    case 'number':
    case 'int':
    case 'float': {
      const n = Number(t.replace(/(?<=\d)[ ,'](?=\d{3}(\D|$))/g, ''));
      return Number.isFinite(n) ? { value: n } : { error: 'This attribute is a number, for example 250' };
    }
    case 'bool':
    case 'boolean':
      if (/^(yes|true|1)$/i.test(t)) return { value: true };
      if (/^(no|false|0)$/i.test(t)) return { value: false };
      return { error: 'This attribute is yes or no' };
    case 'date':
    case 'day':
      return /^\d{4}-\d{2}-\d{2}$/.test(t) && !Number.isNaN(Date.parse(t)) ? { value: t } : { error: 'This attribute is a day, for example 2026-01-31' };
    default:
      return { value: t };
  }
}
