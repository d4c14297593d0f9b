import type { BusinessCard } from '$lib/host';
import { m } from '$lib/paraglide/messages';

/** Why no pass can be made now (Y08); empty when one can. The server makes passes: it has the keys. */
export function whyNot(card: Pick<BusinessCard, 'connection' | 'name'>, waiting: boolean): string {
  switch (card.connection) {
    case 'offline':
      return m.wallet_offline({ name: card.name });
    case 'session_ended':
      return m.wallet_session_ended();
    case 'locked':
      return m.trouble_locked();
    case 'too_old':
      return m.too_old();
    default:
      return waiting ? m.wallet_waiting({ name: card.name }) : '';
  }
}
