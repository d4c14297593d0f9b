/** What the wizard asks the host, and what it asks for in the end. */
import type { Book, MonthQuery } from '$lib/host';

import { ANYONE, type Draft, type Plan } from './plan';

/** The question "when can this be had?", once everything before it is answered. */
export function availabilityQuery(plan: Plan): MonthQuery | undefined {
  const { service, variant, place, staff, personChosen, party } = plan;
  if (!service || !variant || !place || !personChosen) return undefined;
  return { service: service.id, variant: variant.id, place: place.id, ...(staff ? { staff: staff.id } : {}), party };
}

/** The command of a finished plan. */
export function bookCommand(plan: Plan, booking: string, note: string): Book | undefined {
  const query = availabilityQuery(plan);
  return query && plan.at ? { booking, ...query, start: plan.at, note: note.trim() } : undefined;
}

/** The choices that led to a command, all but the time. */
export function draftOf({ service, variant, place, staff, party }: Omit<Book, 'booking'>): Draft {
  return { service, variant, place, person: staff ?? ANYONE, ...(party > 1 ? { party: String(party) } : {}) };
}
