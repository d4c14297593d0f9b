/** The ways through the app's screens that several tests take, by WebDriver. */
import type { App } from './app';
import { demo, type Salon } from './salon';
import { sayShort } from './screens';

interface Start {
	date: string;
	time: string;
}

/** Says yes to the business of the link that started the app, and signs in as the demo customer. */
export async function signIn(app: App, salon: Salon): Promise<void> {
	await app.click('button', 'Open it');
	const mail = await salon.mail(demo, /^Sign in/, () => app.click('button', 'Use the demo customer'));
	await app.type('Six digits', mail.text.match(/\b\d{3} \d{3}\b/)![0]);
	await app.named('heading', 'Agenda');
	await app.named('link', /^Gloss, /);
}

const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** Chooses a day and one of its times in the calendar that is open. */
export async function chooseTime(app: App, { date, time }: Start): Promise<void> {
	const day = new Date(`${date}T00:00:00Z`);
	const spoken = new RegExp(`\\b${day.getUTCDate()} ${month.format(day).split(' ')[0]}, \\d+ free times?$`);
	await app.named('button', / \w+, (\d+ free times?|full|nobody works|closed.*|too soon to book)$/);
	if ((await app.all('button', spoken)).length === 0) await app.click('button', `Show ${month.format(day)}`);
	await app.click('button', spoken);
	await app.click('radio', new RegExp(`^${time}`));
}

/** Books a dry cut through all steps. */
export async function bookDryCut(app: App, person: RegExp, start: Start): Promise<void> {
	await app.go('/book');
	await app.click('link', /^Dry cut/);
	await app.click('link', /^Berlin Mitte/);
	await app.click('link', person);
	await chooseTime(app, start);
	await app.click('link', `Take ${sayShort(start)}`);
	await app.click('button', 'Book this');
}

/** Opens an appointment and moves it. */
export async function move(app: App, booking: string, to: Start): Promise<void> {
	await app.go(`/agenda/${booking}`);
	await app.click('button', 'Move');
	await chooseTime(app, to);
	await app.click('button', 'Look at the change');
	await app.click('button', `Move to ${sayShort(to)}`);
	await app.click('button', 'Done');
}

/** Opens an appointment and cancels it. */
export async function cancel(app: App, booking: string): Promise<void> {
	await app.go(`/agenda/${booking}`);
	await app.click('button', 'Cancel appointment');
	await app.click('button', 'Cancel the appointment');
}
