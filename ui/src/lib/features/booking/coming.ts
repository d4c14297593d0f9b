/** What there is to say and to read about coming to an appointment (Y07, Y08, Y10). */
import type { BookingView } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { sayUntilThere } from '$lib/time';
import { sayRefusal } from '$lib/words';

/** The day before, check-in becomes worth a line. */
const NEAR = 24 * 60 * 60 * 1000;

/** The lines under the buttons: what is known, until when, and why something is not there yet or not any more. */
export function comingLines(booking: BookingView, now: Date): string[] {
  const { attend, check_in: checkIn } = booking.actions;
  if (booking.ticket.state === 'checked_in') return [m.check_in_since()];
  if (booking.ticket.state !== 'confirmed') return [];
  const lines: string[] = [];
  if (booking.late !== null) lines.push(m.late_said({ count: booking.late }));
  else if (booking.coming) lines.push(m.coming_said());
  const near = new Date(booking.ticket.start.at).getTime() - now.getTime() < NEAR;
  if (!checkIn.refusal && checkIn.until) lines.push(m.check_in_until({ until: sayUntilThere(checkIn.until, now) }));
  else if (checkIn.refusal && near) lines.push(sayRefusal(checkIn.refusal, now));
  else if (attend.refusal?.code === 'too_early') lines.push(sayRefusal(attend.refusal, now));
  return lines;
}
