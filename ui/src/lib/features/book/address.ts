/**
 * The wizard's state in the address bar, so that back, forward, refresh and a shared link all lead where they should.
 * The note is not in it: it is private, and addresses are kept in histories and logs.
 */
import type { Draft, StepName } from './plan';

/** What the address says. */
export interface Address {
  draft: Draft;
  step?: string;
  /** The past booking whose choices are to be copied (G11). */
  again?: string;
  /** The booking that was made. */
  done?: string;
}

const PARAMETERS = {
  service: 'service',
  variant: 'variant',
  place: 'place',
  person: 'with',
  party: 'people',
  date: 'date',
  at: 'at',
} as const;

/** Reads the address. */
export function readAddress(search: URLSearchParams): Address {
  const draft: Draft = {};
  for (const [key, parameter] of Object.entries(PARAMETERS) as [keyof Draft, string][]) {
    const value = search.get(parameter);
    if (value) draft[key] = value;
  }
  // A date from an address reaches the calendar's arithmetic: anything that is not a date is as good as none.
  if (draft.date && !isDate(draft.date)) {
    delete draft.date;
    delete draft.at;
  }
  return {
    draft,
    step: search.get('step') ?? undefined,
    again: search.get('again') ?? undefined,
    done: search.get('done') ?? undefined,
  };
}

/** Writes the address of a step. */
export function address(draft: Draft, step?: StepName): string {
  const search = new URLSearchParams();
  for (const [key, parameter] of Object.entries(PARAMETERS) as [keyof Draft, string][]) {
    const value = draft[key];
    if (value) search.set(parameter, value);
  }
  if (step) search.set('step', step);
  const text = search.toString();
  return text ? `/book?${text}` : '/book';
}

/** The address of the ticket of a booking that was just made. */
export function doneAddress(booking: string): string {
  return `/book?${new URLSearchParams({ done: booking })}`;
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
}
