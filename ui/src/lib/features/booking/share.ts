/** An appointment for somebody else's eyes: what, when and where, and nothing that opens or changes anything. */
import type { BookingView } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { sayShort } from '$lib/time';

/** Whether this platform has a sheet to share with. */
export function canShare(): boolean {
  return typeof navigator.share === 'function';
}

export function wordsOf({ ticket, address }: BookingView, business: string, now: Date): string {
  const where = address ? `${ticket.place}, ${address}` : ticket.place;
  return m.share_text({ service: ticket.service, business, when: sayShort(ticket.start, now), where });
}

/** Opens the platform's sheet. Whoever puts it away has said no, and that is no trouble. */
export async function share(text: string): Promise<void> {
  try {
    await navigator.share({ text });
  } catch (thrown) {
    if (!(thrown instanceof DOMException && thrown.name === 'AbortError')) throw thrown;
  }
}
