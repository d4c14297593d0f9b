/**
 * Where a link leads inside a business.
 *
 * What the app cannot do yet is said, and the way leads to where it will be done.
 */
import type { Link } from '$lib/host';
import { m } from '$lib/paraglide/messages';

/** A link that leads somewhere in a business. */
export type Leading = Exclude<Link, { link: 'unknown' | 'sign_in' }>;

export interface Way {
  path: string;
  /** What to say on arrival. */
  words?: string;
}

export function wayOf(link: Leading, name: string): Way {
  switch (link.link) {
    case 'connect':
      return { path: '/agenda' };
    case 'booking':
      return { path: `/agenda/${link.booking}` };
    case 'guest':
      return { path: '/agenda', words: m.link_guest({ name }) };
    case 'gift_card':
      return { path: '/wallet', words: m.link_gift_card({ name }) };
    case 'check_in':
      // The code of a door names its place; the code that somebody shows at the counter is for the counter.
      return link.token.startsWith('at_')
        ? { path: `/check-in?place=${encodeURIComponent(link.token.slice(3))}` }
        : { path: '/agenda', words: m.link_check_in() };
    case 'payment':
      return { path: '/agenda', words: m.link_payment() };
  }
}
