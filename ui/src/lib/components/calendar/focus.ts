/**
 * Where the focus goes in the calendar when a key is pressed.
 *
 * **Invariant:** exactly one day of the grid is in the tab order, and every day from today's week to the last month that
 * can be booked can be reached with the arrows, also days without free times: only so can their reason be heard.
 */
import {
  endOfMonth,
  endOfWeek,
  parseDate,
  startOfMonth,
  startOfWeek,
  type CalendarDate,
} from '@internationalized/date';

import type { IsoDate } from './month';

/** The dates that the focus may be on, both included: those of the months that are shown. */
export interface Range {
  first: IsoDate;
  last: IsoDate;
}

/** What was pressed. */
export interface Press {
  key: string;
  shiftKey?: boolean;
  /** Whether the page reads from right to left: then the left arrow leads on. */
  rtl?: boolean;
}

/** The dates from the week that today lies in, but of today's month, to the end of the last month that can be booked. */
export function rangeOf(today: IsoDate, last: IsoDate, locale: string): Range {
  const day = parseDate(today);
  const week = startOfWeek(day, locale);
  const month = startOfMonth(day);
  return {
    first: (week.compare(month) < 0 ? month : week).toString(),
    last: endOfMonth(parseDate(last)).toString(),
  };
}

/** The date that gets the focus, or nothing when the key means nothing to a calendar. */
export function moveFocus(from: IsoDate, press: Press, range: Range, locale: string): IsoDate | undefined {
  const to = step(parseDate(from), press, locale);
  return to && clamp(to.toString(), range);
}

/** The nearest date within the range. ISO dates sort as texts. */
export function clamp(date: IsoDate, range: Range): IsoDate {
  if (date < range.first) return range.first;
  return date > range.last ? range.last : date;
}

function step(from: CalendarDate, { key, shiftKey, rtl }: Press, locale: string): CalendarDate | undefined {
  const onwards = rtl ? -1 : 1;
  switch (key) {
    case 'ArrowLeft':
      return from.subtract({ days: onwards });
    case 'ArrowRight':
      return from.add({ days: onwards });
    case 'ArrowUp':
      return from.subtract({ weeks: 1 });
    case 'ArrowDown':
      return from.add({ weeks: 1 });
    case 'Home':
      return startOfWeek(from, locale);
    case 'End':
      return endOfWeek(from, locale);
    case 'PageUp':
      return from.subtract(shiftKey ? { years: 1 } : { months: 1 });
    case 'PageDown':
      return from.add(shiftKey ? { years: 1 } : { months: 1 });
    default:
      return undefined;
  }
}

/**
 * The day in the tab order when a month comes up: the chosen one, else the first free one, else today, else the first.
 */
export function entryDay(
  days: readonly { date: IsoDate; state: { is: string } }[],
  chosen: IsoDate | undefined,
  today: IsoDate,
): IsoDate | undefined {
  const has = (date: IsoDate | undefined) => days.some((day) => day.date === date);
  if (has(chosen)) return chosen;
  return days.find((day) => day.state.is === 'free')?.date ?? (has(today) ? today : days[0]?.date);
}
