/** Days and months in words, for eyes and for ears. */
import { m } from '$lib/paraglide/messages';
import type { DayState } from '$lib/host/types/DayState';

import type { IsoDate } from './month';

/** How dates are written: the reader's own way of the language that the screens speak. */
export function dateLocale(): string {
  const own = typeof navigator === 'undefined' ? undefined : navigator.languages?.find((tag) => tag.startsWith('en'));
  return own && own !== 'en' ? own : 'en-GB';
}

function format(date: IsoDate, options: Intl.DateTimeFormatOptions): string {
  // A civil date is read and written in the same zone, so it cannot slip.
  return new Intl.DateTimeFormat(dateLocale(), { ...options, timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
}

/** "Friday 27 November" */
export const dayName = (date: IsoDate) => format(date, { weekday: 'long', day: 'numeric', month: 'long' });
/** "Fri 27 Nov" */
export const shortDayName = (date: IsoDate) => format(date, { weekday: 'short', day: 'numeric', month: 'short' });
/** "November 2026" */
export const monthName = (date: IsoDate) => format(date, { month: 'long', year: 'numeric' });
/** "November" */
export const monthAlone = (date: IsoDate) => format(date, { month: 'long' });
/** "Friday" */
export const weekdayName = (date: IsoDate) => format(date, { weekday: 'long' });
/** "F" for narrow columns */
export const weekdayLetters = (date: IsoDate) => format(date, { weekday: 'short' });

/** How much of a day is free, or why nothing is: "5 free times", "closed: Summer holidays". */
export function stateWords(state: DayState): string {
  switch (state.is) {
    case 'free':
      return m.calendar_free({ count: state.times });
    case 'full':
      return m.calendar_full();
    case 'nobody_works':
      return m.calendar_nobody_works();
    case 'closed':
      return state.reason ? m.calendar_closed_because({ reason: state.reason }) : m.calendar_closed();
    case 'too_soon':
      return m.calendar_too_soon();
    case 'too_far':
      return m.calendar_too_far();
  }
}

/** What a day says aloud: "Friday 27 November, 5 free times". */
export function spokenDay(date: IsoDate, state: DayState, today: IsoDate): string {
  const name = date === today ? m.calendar_today({ day: dayName(date) }) : dayName(date);
  return m.calendar_spoken_day({ day: name, state: stateWords(state) });
}

/** "Berlin" for `Europe/Berlin`. */
export function zoneCity(zone: string): string {
  return (zone.split('/').pop() ?? zone).replaceAll('_', ' ');
}
