/**
 * Months as grids of civil dates. Dates are ISO 8601 texts (`2026-11-27`) as the host gives them: nothing here knows a
 * zone or a clock, so no date can slip by a day.
 */
import { endOfMonth, parseDate, startOfMonth, startOfWeek, type CalendarDate } from '@internationalized/date';

/** An ISO 8601 date. */
export type IsoDate = string;

/** The days of a month in weeks; `null` where a week reaches outside of it. Weeks that end before `from` are left out. */
export function weeks(month: IsoDate, locale: string, from?: IsoDate): (IsoDate | null)[][] {
  const first = startOfMonth(parseDate(month));
  const last = endOfMonth(first);
  const grid: (IsoDate | null)[][] = [];
  for (let monday = startOfWeek(first, locale); monday.compare(last) <= 0; monday = monday.add({ weeks: 1 })) {
    grid.push(Array.from({ length: 7 }, (_, offset) => inside(monday.add({ days: offset }), first)));
  }
  return from ? grid.filter((week) => week.some((date) => date !== null && date >= from)) : grid;
}

function inside(date: CalendarDate, first: CalendarDate): IsoDate | null {
  return date.month === first.month && date.year === first.year ? date.toString() : null;
}

/** Seven dates whose names head the columns, in the locale's order. */
export function weekdays(month: IsoDate, locale: string): IsoDate[] {
  const start = startOfWeek(parseDate(month), locale);
  return Array.from({ length: 7 }, (_, offset) => start.add({ days: offset }).toString());
}

/** The first of the month that a date lies in. */
export function monthOf(date: IsoDate): IsoDate {
  return startOfMonth(parseDate(date)).toString();
}

/** The first of the month so many months away. */
export function shiftMonth(month: IsoDate, by: number): IsoDate {
  return startOfMonth(parseDate(month)).add({ months: by }).toString();
}

/** Whether any bookable date can lie in a month: it does not end before `first` and does not begin after `last`. */
export function monthIsWithin(month: IsoDate, first: IsoDate, last: IsoDate): boolean {
  return monthOf(month) >= monthOf(first) && monthOf(month) <= monthOf(last);
}
