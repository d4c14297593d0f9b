/**
 * Dates and times as people say them, from the parts a `Civil` gives.
 *
 * **Invariant:** nothing here converts a zone. A civil time is read out as it stands; only how far away it is comes from
 * its instant. "Now" is passed in, and today's date at the venue is reckoned with the offset that the civil time carries.
 */
import { m } from '$lib/paraglide/messages';
import type { Civil } from '$lib/host';

const language = 'en-GB';

const formats = {
  weekday: new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }),
  weekdayShort: new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }),
  month: new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' }),
  monthShort: new Intl.DateTimeFormat(language, { month: 'short', timeZone: 'UTC' }),
};

/** A date's numbers at midnight of a calendar without zones. */
const plain = (date: string) => new Date(`${date}T00:00:00Z`);

/** Whole days from one date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((plain(to).getTime() - plain(from).getTime()) / 86_400_000);
}

/** Milliseconds east of UTC of an offset such as `+05:30`. */
function offsetOf(civil: Civil): number {
  const match = /^([+-])(\d\d):?(\d\d)/.exec(civil.offset);
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

/** Today's date where a civil time is meant, as its own offset counts. */
export function todayAt(civil: Civil, now: Date): string {
  return new Date(now.getTime() + offsetOf(civil)).toISOString().slice(0, 10);
}

/** The instant at which the next day begins where a civil time is meant, in milliseconds, as its own offset counts. */
export function nextDayAt(civil: Civil, now: Date): number {
  const offset = offsetOf(civil);
  return (Math.floor((now.getTime() + offset) / 86_400_000) + 1) * 86_400_000 - offset;
}

/** The parts of a date for a stub: weekday, day of the month, month. */
export function stub(date: string) {
  const day = plain(date);
  return {
    weekday: formats.weekdayShort.format(day),
    day: String(day.getUTCDate()),
    month: formats.monthShort.format(day).replace('Sept', 'Sep'),
    year: String(day.getUTCFullYear()),
  };
}

/** `Friday 4 December`, with the year where it is not this one. */
export function sayDate(date: string, today: string): string {
  const day = plain(date);
  const words = `${formats.weekday.format(day)} ${day.getUTCDate()} ${formats.month.format(day)}`;
  return date.slice(0, 4) === today.slice(0, 4) ? words : `${words} ${date.slice(0, 4)}`;
}

/** `November`, with the year where it is not this one. */
export function sayMonth(date: string, today: string): string {
  const month = formats.month.format(plain(date));
  return date.slice(0, 4) === today.slice(0, 4) ? month : `${month} ${date.slice(0, 4)}`;
}

/** `Today`, `Tomorrow`, `Friday` within the next six days, else the date. */
export function sayDay(date: string, today: string): string {
  const days = daysBetween(today, date);
  if (days === 0) return m.time_today();
  if (days === 1) return m.time_tomorrow();
  if (days > 1 && days < 7) return formats.weekday.format(plain(date));
  return sayDate(date, today);
}

/** How far away it is: `in 2 days`, `in 40 minutes`, `3 days ago`. */
export function sayDistance(civil: Civil, now: Date): string {
  const days = daysBetween(todayAt(civil, now), civil.date);
  const minutes = Math.round((new Date(civil.at).getTime() - now.getTime()) / 60_000);
  if (days === 0 || (days === 1 && minutes > 0 && minutes < 12 * 60)) {
    if (Math.abs(minutes) < 1) return m.time_now();
    if (minutes > 0)
      return minutes < 60
        ? m.time_in_minutes({ count: minutes })
        : m.time_in_hours({ count: Math.round(minutes / 60) });
    return minutes > -60
      ? m.time_minutes_ago({ count: -minutes })
      : m.time_hours_ago({ count: Math.round(-minutes / 60) });
  }
  const far = Math.abs(days);
  if (far >= 365) {
    const count = Math.round(far / 365);
    return days > 0 ? m.time_in_years({ count }) : m.time_years_ago({ count });
  }
  if (far >= 60) {
    const count = Math.round(far / 30.44);
    return days > 0 ? m.time_in_months({ count }) : m.time_months_ago({ count });
  }
  return days > 0 ? m.time_in_days({ count: far }) : m.time_days_ago({ count: far });
}

/** `Friday at 14:00`. */
export function sayMoment(civil: Civil, now: Date): string {
  return m.time_day_at({ day: sayDay(civil.date, todayAt(civil, now)), time: civil.time });
}

/** `Friday at 14:00, in 2 days`; tomorrow is far enough said. */
export function say(civil: Civil, now: Date): string {
  const days = daysBetween(todayAt(civil, now), civil.date);
  if (days === 1) return sayMoment(civil, now);
  return m.time_moment_distance({ moment: sayMoment(civil, now), distance: sayDistance(civil, now) });
}

/** A moment in the middle of a sentence, such as a deadline: `today at 14:00`, `Thursday at 14:00`. */
export function sayUntil(civil: Civil, now: Date): string {
  const today = todayAt(civil, now);
  const days = daysBetween(today, civil.date);
  const day = days === 0 ? m.time_today_within() : days === 1 ? m.time_tomorrow_within() : sayDay(civil.date, today);
  return m.time_day_at({ day, time: civil.time });
}

/** `Thu 3 Dec, 14:00`: for a button or a line of the ledger. */
export function sayShort(civil: Civil, now: Date): string {
  const { weekday, day, month, year } = stub(civil.date);
  const date = `${weekday} ${day} ${month}`;
  return `${todayAt(civil, now).startsWith(year) ? date : `${date} ${year}`}, ${civil.time}`;
}

/** `10:00 – 10:45`; `23:30 – Fri 00:15` until another day; with the offset at the end where the clock has changed. */
export function saySpan({ start, end }: { start: Civil; end: Civil }): string {
  const times = { from: start.time, to: end.time };
  if (start.date !== end.date) return m.time_range_day({ ...times, day: stub(end.date).weekday });
  return start.offset === end.offset ? m.time_range(times) : m.time_range_offset({ ...times, offset: end.offset });
}

/** `45 min`, `1 h`, `1 h 30 min`. */
export function sayMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return m.time_minutes({ minutes: rest });
  return rest === 0 ? m.time_hours({ hours }) : m.time_hours_minutes({ hours, minutes: rest });
}

/** The clock of this device: hours and minutes of an instant, for "as of". */
export function sayClock(instant: string, now: Date): string {
  const at = new Date(instant);
  const time = `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.getDate()} ${new Intl.DateTimeFormat(language, { month: 'short' }).format(at)}, ${time}`;
}
