import type { Money } from '../api/contract';
import { NONE } from './number';

const cache = new Map<string, Intl.NumberFormat>();

function formatter(currency: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = currency + JSON.stringify(options);
  let found = cache.get(key);
  if (!found) {
    try {
      found = new Intl.NumberFormat(undefined, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...options });
    } catch {
      // Not an ISO code: show the number, the code is added by the caller's title.
      found = new Intl.NumberFormat(undefined, options);
    }
    cache.set(key, found);
  }
  return found;
}

// Minor digits per currency by ISO 4217, as the browser knows them (JPY 0, USD 2, BHD 3); 2 for a code that is none.
function digits(currency: string): number {
  const known = formatter(currency, {}).resolvedOptions();
  return known.style === 'currency' ? (known.maximumFractionDigits ?? 2) : 2;
}

/** Minor units to a number in the currency's major unit. */
export function major(money: Money): number {
  return money.minor / 10 ** digits(money.currency);
}

/** Short form for tables: $1.2M, $48K, $950. */
export function moneyShort(money: Money | null | undefined): string {
  if (!money) return NONE;
  const value = major(money);
  const compact = Math.abs(value) >= 1000;
  return formatter(money.currency, compact
    ? { notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: Math.abs(value) >= 100_000 && Math.abs(value) < 1_000_000 ? 0 : 1 }
    : { maximumFractionDigits: 0 },
  ).format(value);
}

/** The exact value: $1,234,567.89. */
export function moneyExact(money: Money | null | undefined): string {
  return money ? formatter(money.currency, {}).format(major(money)) : NONE;
}
