/** The ways through the screens that several tests take. */
import { expect, type Locator, type Page } from '@playwright/test';
import type { Wish } from './person';

const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' });
const short = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' });

/** `Thu 3 Dec, 14:00`, as buttons say it. */
export function sayShort({ date, time }: { date: string; time: string }): string {
	const day = new Date(`${date}T00:00:00Z`);
	const name = short.format(day).slice(0, 3);
	const year = date.slice(0, 4);
	const said = `${weekday.format(day)} ${day.getUTCDate()} ${name}`;
	return `${year === String(new Date().getFullYear()) ? said : `${said} ${year}`}, ${time}`;
}

/** Turns the calendar to a day's month and chooses the day. */
export async function chooseDay(within: Page | Locator, date: string): Promise<void> {
	const day = within.locator(`button[data-date="${date}"]`);
	await expect(within.locator('button[data-date]').first(), 'the calendar shows days').toBeVisible();
	const wanted = month.format(new Date(`${date}T00:00:00Z`));
	const turn = within.getByRole('button', { name: `Show ${wanted}`, exact: true });
	if ((await day.count()) === 0) await turn.click();
	await expect(day, 'the day says in words that it has free times').toHaveAccessibleName(/free time/);
	await day.click();
}

/** Chooses a day and one of its times. */
export async function chooseTime(within: Page | Locator, start: { date: string; time: string }): Promise<void> {
	await chooseDay(within, start.date);
	await within.getByRole('radio', { name: start.time, exact: true }).check();
}

/** The address of the last step of a booking, everything chosen. */
export function review(wish: Wish, start: { date: string; at: string }): string {
	const { service, variant, place, staff } = wish;
	const chosen = { service, variant, place, with: staff ?? '*', date: start.date, at: start.at, step: 'review' };
	return `/book?${new URLSearchParams(chosen)}`;
}

/**
 * The value of a line of an iCalendar file with one event (RFC 5545, section 3.1: long lines are folded). The last one of
 * the name: the zone before the event has a DTSTART, too.
 */
export function calendarLine(file: string, name: string): string {
	const lines = file.replace(/\r?\n[ \t]/g, '').matchAll(new RegExp(`^${name}(?:;[^:]*)?:(.*)$`, 'gm'));
	const line = [...lines].at(-1);
	if (!line) throw new Error(`no ${name} in this calendar file:\n${file}`);
	return line[1]!.trim();
}
