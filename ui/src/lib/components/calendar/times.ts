/** The times of a day as people look for them: by part of the day, and told apart when the clock goes back. */

/** Morning ends at noon, afternoon at 17:00, by the venue's clock. */
export type Part = 'morning' | 'afternoon' | 'evening';

/** What this needs of a start: the venue's clock and the instant. */
export interface Start {
  start: { at: string; time: string; offset: string };
}

/** The part of the day that a time `HH:MM` belongs to. */
export function partOf(time: string): Part {
  if (time < '12:00') return 'morning';
  return time < '17:00' ? 'afternoon' : 'evening';
}

/** Times by part of the day, in the day's order, without empty parts. */
export function byPart<T extends Start>(times: readonly T[]): { part: Part; times: T[] }[] {
  const parts: Part[] = ['morning', 'afternoon', 'evening'];
  return parts
    .map((part) => ({ part, times: times.filter(({ start }) => partOf(start.time) === part) }))
    .filter((group) => group.times.length > 0);
}

/**
 * The instants whose clock time comes twice on this day: on an autumn night 02:30 says nothing without its offset.
 */
export function repeated(times: readonly Start[]): Set<string> {
  const offsets = new Map<string, Set<string>>();
  for (const { start } of times) {
    offsets.set(start.time, (offsets.get(start.time) ?? new Set()).add(start.offset));
  }
  return new Set(times.filter(({ start }) => offsets.get(start.time)!.size > 1).map(({ start }) => start.at));
}

/** `+02:00` as people write it, `UTC+2`; `-03:30` as `UTC−3:30`. */
export function offsetName(offset: string): string {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)/.exec(offset) ?? [];
  if (!sign || !hours || !minutes) return `UTC${offset}`;
  return `UTC${sign === '-' ? '−' : '+'}${Number(hours)}${minutes === '00' ? '' : `:${minutes}`}`;
}
