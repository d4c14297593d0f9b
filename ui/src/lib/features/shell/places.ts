import BookOpen from '@lucide/svelte/icons/book-open';
import CalendarPlus from '@lucide/svelte/icons/calendar-plus';
import CircleUser from '@lucide/svelte/icons/circle-user';
import WalletIcon from '@lucide/svelte/icons/wallet';
import { m } from '$lib/paraglide/messages';

/** The four places, the same on every width. */
export const places = [
  { href: '/agenda', name: m.nav_agenda, icon: BookOpen },
  { href: '/book', name: m.nav_book, icon: CalendarPlus },
  { href: '/wallet', name: m.nav_wallet, icon: WalletIcon },
  { href: '/you', name: m.nav_you, icon: CircleUser },
];

/** Whether a path lies in a place. */
export function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}
