/** Days and months in words, for eyes and for ears. */
import type { DayState } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { sayDate, stub } from '$lib/time';

import type { IsoDate } from './month';

/** Days, months and weeks as everywhere else in the app (`lib/time`). */
export const dateLocale = 'en-GB';

function format(date: IsoDate, options: Intl.DateTimeFormatOptions): string {
  // A civil date is read and written in the same zone, so it cannot slip.
  return new Intl.DateTimeFormat(dateLocale, { ...options, timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
}

/** "Friday 27 November" */
export const dayName = (date: IsoDate) => sayDate(date, date);
/** "Fri 27 Nov" */
export function shortDayName(date: IsoDate): string {
  const { weekday, day, month } = stub(date);
  return `${weekday} ${day} ${month}`;
}
/** "November 2026" */
export const monthName = (date: IsoDate) => format(date, { month: 'long', year: 'numeric' });
/** "November" */
export const monthAlone = (date: IsoDate) => format(date, { month: 'long' });
/** "Friday" */
export const weekdayName = (date: IsoDate) => format(date, { weekday: 'long' });
/** "Fri" */
export const weekdayShort = (date: IsoDate) => format(date, { weekday: 'short' });

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
