/** What the steps of a booking are called, what they ask, and what was answered. */
import type { Alternative, Book, CatalogueView, TimeView } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { now, sayShort } from '$lib/time';
import { sayOther } from '$lib/words';

import type { Plan, StepName } from './plan';

/** `Service`. */
export function nameOf(step: StepName): string {
  return {
    service: m.book_step_service,
    place: m.book_step_place,
    person: m.book_step_person,
    time: m.book_step_time,
    review: m.book_step_review,
  }[step]();
}

/** `What would you like?` */
export function questionOf(step: StepName): string {
  return {
    service: m.book_ask_service,
    place: m.book_ask_place,
    person: m.book_ask_person,
    time: m.book_ask_time,
    review: m.book_ask_review,
  }[step]();
}

/** What was chosen in a step, in a few words; nothing where nothing was. */
export function answerTo(step: StepName, plan: Plan, time: TimeView | undefined): string {
  switch (step) {
    case 'service':
      return [plan.service?.name, plan.variant?.name].filter(Boolean).join(', ');
    case 'place':
      return plan.place?.name ?? '';
    case 'person':
      return plan.personChosen ? (plan.staff?.name ?? m.book_anyone()) : '';
    case 'time':
      return time ? sayShort(time.start, now()) : '';
    case 'review':
      return '';
  }
}

/**
 * `Book Fri 14:00 with Noor`, in place of what was asked for; a question where the business decides, or where the
 * catalogue that knows is not there.
 */
export function sayAlternative(
  alternative: Alternative,
  time: string,
  asked: Partial<Pick<Book, 'service' | 'staff'>>,
  catalogue: CatalogueView | undefined,
): string {
  const name = sayOther(alternative, asked.staff, catalogue);
  const service = catalogue?.services.find(({ id }) => id === asked.service);
  const [alone, withName] = service?.accept_automatically
    ? [m.book_alternative, m.book_alternative_with]
    : [m.book_request_alternative, m.book_request_alternative_with];
  return name ? withName({ time, name }) : alone({ time });
}
