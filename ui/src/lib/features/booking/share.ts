/** An appointment for somebody else's eyes: what, when and where, and nothing that opens or changes anything. */
import type { BookingView } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { cityOf, sayShort } from '$lib/time';

/** Whether this platform has a sheet to share with. */
export function canShare(): boolean {
  return typeof navigator.share === 'function';
}

/** What is told. The time is the venue's and says so, also where this device shows the same: it is read elsewhere. */
export function wordsOf({ ticket, address }: BookingView, business: string, now: Date): string {
  const where = address ? `${ticket.place}, ${address}` : ticket.place;
  const when = `${sayShort(ticket.start, now)} (${m.time_zone_note({ city: cityOf(ticket.start.zone) })})`;
  return m.share_text({ service: ticket.service, business, when, where });
}

/** Opens the platform's sheet. Whoever puts it away has said no, and that is no trouble. */
export async function share(text: string): Promise<void> {
  try {
    await navigator.share({ text });
  } catch (thrown) {
    if (!(thrown instanceof DOMException && thrown.name === 'AbortError')) throw thrown;
  }
}
