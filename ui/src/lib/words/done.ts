import type { BusinessCard, Receipt } from '$lib/host';
import { m } from '$lib/paraglide/messages';

/**
 * Whether what is given now goes to the business at once. Else it waits: for a network, a sign-in, a keychain, room on
 * the device or a newer app.
 */
export function isReached({ connection }: BusinessCard): boolean {
  return connection === 'online' || connection === 'connecting';
}

/** What is said after a yes: that it is done, or what has to happen before the business hears of it. */
export function sayDone(card: BusinessCard, receipt: Receipt, done: string, waiting: string): string {
  if (receipt.is !== 'waiting' || isReached(card)) return done;
  return sayWaits(card) ?? waiting;
}

/** What has to happen before what is kept is sent, where no network helps; nothing where one does. */
export function sayWaits({ connection }: BusinessCard): string | null {
  if (connection === 'session_ended') return m.kept_until_sign_in();
  if (connection === 'storage') return m.kept_until_room();
  if (connection === 'too_old') return m.kept_until_update();
  return connection === 'locked' ? m.kept_until_unlocked() : null;
}
