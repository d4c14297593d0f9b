import type { Money } from '$lib/host';

/** An amount in its currency: `€42.00`, `¥4,200`. */
export function sayMoney(money: Money): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: money.currency });
  return format.format(money.minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** What several people pay. */
export function times(each: Money, people: number): Money {
  return { ...each, minor: each.minor * people };
}
