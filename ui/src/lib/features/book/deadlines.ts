/** Until when a booking could be moved or cancelled, as moments in words and not as rules (Y04). */
import type { Civil, TimeView } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { sayUntilThere } from '$lib/time';

/** What to say about the deadlines of a time that is about to be booked. */
export function deadlines(time: Pick<TimeView, 'cancel_until' | 'reschedule_until'>, now: Date): string[] {
  const { cancel_until: cancel, reschedule_until: move } = time;
  if (cancel && move && cancel.at === move.at && !isOver(cancel, now)) {
    return [m.book_deadline_both({ moment: sayUntilThere(cancel, now) })];
  }
  return [moving(move, now), cancelling(cancel, now)];
}

function moving(until: Civil | null, now: Date): string {
  return !until || isOver(until, now) ? m.book_no_move() : m.book_deadline_move({ moment: sayUntilThere(until, now) });
}

function cancelling(until: Civil | null, now: Date): string {
  if (!until) return m.book_no_cancel();
  if (isOver(until, now)) return m.book_deadline_over_cancel();
  return m.book_deadline_cancel({ moment: sayUntilThere(until, now) });
}

/** Whether a moment has passed. */
export function isOver(moment: Civil, now: Date): boolean {
  return new Date(moment.at) < now;
}
