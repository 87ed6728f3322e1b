/** The sign used where there is no value: missing is never 0. */
export const NONE = '–';

const cache = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let found = cache.get(key);
  if (!found) {
    found = new Intl.NumberFormat(undefined, options);
    cache.set(key, found);
  }
  return found;
}

/** A count, with the reader's thousands separator. */
export function count(value: number | null | undefined): string {
  return value == null ? NONE : formatter({ maximumFractionDigits: 0 }).format(value);
}

/** A count in short form: 2.4M. */
export function countShort(value: number | null | undefined): string {
  return value == null ? NONE : formatter({ notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** A metric value: as many digits as help, at most `digits` after the point. */
export function decimal(value: number | null | undefined, digits = 2): string {
  return value == null ? NONE : formatter({ maximumFractionDigits: digits }).format(value);
}

/** A value with exactly `digits` after the point, for figures under each other. */
export function fixed(value: number | null | undefined, digits = 1): string {
  return value == null ? NONE : formatter({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/**
 * A score from 0 to 100, whole; with a decimal where rounding up would land on a multiple of five, where bands
 * begin: 49.6 is not yet 50, and must not look as if it were.
 */
export function score(value: number | null | undefined): string {
  if (value == null) return NONE;
  const whole = Math.round(value);
  if (whole <= value || whole % 5 !== 0) return formatter({ maximumFractionDigits: 0 }).format(value);
  return formatter({ minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(Math.floor(value * 10) / 10);
}

/** A share in [0,1] as per cent. */
export function percent(value: number | null | undefined, digits = 0): string {
  return value == null ? NONE : formatter({ style: 'percent', maximumFractionDigits: digits }).format(value);
}

/** A change, always with its sign, so that the direction never hangs on colour alone. */
export function signed(value: number | null | undefined, digits = 0): string {
  if (value == null) return NONE;
  const text = formatter({ minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: 'exceptZero' }).format(value);
  return text.replace('-', '−');
}

/** A metric value with its unit in words that a reader knows. */
export function withUnit(value: number | null | undefined, unit?: string): string {
  if (value == null) return NONE;
  switch (unit) {
    case undefined:
    case '':
    case 'count':
    case 'currency':
      return decimal(value);
    case 'share':
    case 'ratio':
      return percent(value, 1);
    case 'percent':
    case '%':
      return `${decimal(value, 1)} %`;
    case 'currency':
      return count(value);
    case 'days':
    case 'day':
      return `${decimal(value, 1)} ${Math.abs(value) === 1 ? 'day' : 'days'}`;
    default:
      return `${decimal(value)} ${unit}`;
  }
}

/** "1 account", "3 accounts". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
