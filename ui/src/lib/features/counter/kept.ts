/** What check-ins mean for the list, and what the server's answers mean for check-ins. */
import { HostTrouble } from '$lib/host';
import type { Kept } from '$lib/host/counter';
import type { Expected } from '$lib/host/types/Expected';
import type { OneSettled } from '$lib/host/types/OneSettled';
import { todayAt } from '$lib/time';

/** The bookings with what this counter has done and the server may not know yet. */
export function withKept(bookings: Expected[], kept: Kept[]): Expected[] {
  const here = new Set(kept.filter((one) => one.state !== 'found').map((one) => one.seen.booking));
  return bookings.map((one) =>
    here.has(one.booking) && one.state === 'confirmed' ? { ...one, state: 'checked_in' as const } : one,
  );
}

/** The numbers of the codes that were taken. */
export function taken(kept: Kept[]): ReadonlySet<string> {
  return new Set(kept.flatMap((one) => (one.number ? [one.number] : [])));
}

/**
 * Before midnight a visit after it is expected from so many milliseconds before its start on, however early check-in
 * opens.
 */
const NIGHT = 3 * 60 * 60 * 1000;

/**
 * Whether somebody is expected now: on the visit's date at the place and, around midnight, from when check-in opens, at
 * most {@link NIGHT} before the start, until the visit's end. The server goes by the same rule.
 */
export function isToday(booking: Expected, now: number): boolean {
  const from = Math.max(Date.parse(booking.opens), Date.parse(booking.start.at) - NIGHT);
  const around = from <= now && now <= Date.parse(booking.end.at);
  return around || booking.start.date === todayAt(booking.start, new Date(now));
}

export function stamp(now: number): string {
  return new Date(now).toISOString();
}

/** The check-ins after the server's answers. One without an answer is an error: it must not be taken for settled. */
export function answered(sent: Kept[], settled: OneSettled[]): Kept[] {
  const answers = new Map(settled.map((one) => [one.id, one]));
  return sent.map((one) => {
    const answer = answers.get(one.seen.id);
    if (!answer) throw new HostTrouble({ code: 'server' });
    return answer.is === 'done' ? { ...one, state: 'done' } : { ...one, state: 'found', finding: answer.finding };
  });
}
