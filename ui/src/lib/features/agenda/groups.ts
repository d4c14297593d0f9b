/** The headings of the agenda: what is near by how near it is, everything else by month. */
import type { Tab, Ticket } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { daysBetween, sayMonth, todayAt } from '$lib/time';

/** The heading a ticket stands under. */
export function groupOf({ start }: Pick<Ticket, 'start'>, tab: Tab, now: Date): string {
  const today = todayAt(start, now);
  const days = daysBetween(today, start.date);
  if (tab === 'upcoming') {
    if (days <= 0) return m.agenda_group_today();
    if (days === 1) return m.agenda_group_tomorrow();
    if (days < 7) return m.agenda_group_week();
  }
  return sayMonth(start.date, today);
}
