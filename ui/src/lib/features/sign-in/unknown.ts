/**
 * Of whom nothing can be known.
 *
 * In a browser only the server can say who is signed in. Where it could not be asked, nobody is called signed out, and
 * nobody is asked to sign in who may be. An app knows by itself.
 */
import { host, type BusinessCard } from '$lib/host';
import { sayTrouble } from '$lib/words';

type Card = Pick<BusinessCard, 'customer' | 'ready' | 'connection'>;

/** Whether it is not known who is signed in. */
export const isUnknown = (card: Card) => !card.customer && !card.ready && host().kind === 'browser';

/** Why not, and what to do. */
export const sayUnknown = ({ connection }: Card) =>
  sayTrouble({ code: connection === 'offline' ? 'offline' : 'server' });
