import { m } from '$lib/paraglide/messages';

/** The four places, the same on every width. */
export const places = [
  { href: '/agenda', name: m.nav_agenda, icon: 'book-open' },
  { href: '/book', name: m.nav_book, icon: 'calendar-plus' },
  { href: '/wallet', name: m.nav_wallet, icon: 'wallet' },
  { href: '/you', name: m.nav_you, icon: 'circle-user' },
] as const;

/** Whether a path lies in a place. */
export function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}
