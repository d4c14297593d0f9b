/** Reminders of real bookings, shown by a real notification server, at a time that the app believes in. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { App } from './parts/app';
import { signIn } from './parts/book-in-app';
import { configIn } from './parts/config';
import { Dunst } from './parts/dunst';
import { Person, type Ticket } from './parts/person';
import { demo, Salon } from './parts/salon';
import { Tray, windowOf } from './parts/tray';
import { until } from './parts/until';

let salon: Salon;
let folder: string;
let app: App;
let dunst: Dunst;

test.beforeEach(async () => {
	salon = await Salon.open({ customers: 5 });
	folder = await App.folder();
	dunst = await Dunst.start();
});

test.afterEach(async ({}, result) => {
	if (result.status !== result.expectedStatus) console.log(await app?.lastWords(result.outputPath('window.png')));
	await app?.die().catch(() => undefined);
	delete process.env.DATEBOOK_CLOCK_SHIFT;
	await dunst.stop();
	await salon.close();
	await App.forget(folder);
});

const connect = (server: string) => `datebook://connect?server=${encodeURIComponent(server)}`;
const path = () => app.window.executeScript<string>('return location.pathname');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The app dies; the next one believes that it is so long before an appointment, and finds no notification there. */
async function shift(ticket: Ticket, before: number): Promise<void> {
	const by = start(ticket) - before - Date.now();
	process.env.DATEBOOK_CLOCK_SHIFT = `${Math.round(by / 1000)}s`;
	await app.die();
	await dunst.stop();
	dunst = await Dunst.start();
}

/** The app starts anew and believes that it is so long before an appointment. */
async function restart(ticket: Ticket, before: number): Promise<void> {
	await shift(ticket, before);
	app = await App.start(folder);
	await app.named('heading', 'Agenda');
}

/** Signs in, and answers with the appointments to come, the next first. */
async function ready(): Promise<Ticket[]> {
	app = await App.start(folder, connect(salon.address));
	await signIn(app, salon);
	return (await Person.signIn(salon, demo)).agenda('upcoming');
}

const start = (ticket: Ticket) => Date.parse(ticket.start.at);

/** Asks to be told when to leave, and waits until that is shown. */
async function leaveBy(minutes: string): Promise<void> {
	await app.go('/you');
	await app.click('checkbox', 'Tell me when to leave');
	await app.type('Minutes of travel', minutes);
	await app.click('button', 'Save minutes');
	await until('it is shown when to leave', async () => (await dunst.displayed()) === 1, 30_000);
}

test('a reminder is shown when it is due, opens its booking, and comes once', async () => {
	test.setTimeout(240_000);
	const upcoming = await ready();
	// One that has no other near it.
	const next = upcoming.find((ticket, nth) => nth > 0 && start(ticket) - start(upcoming[nth - 1]!) > 3 * DAY)!;

	// Until the next is due there is a minute for all that is done with this one.
	await restart(next, 2 * HOUR + MINUTE);
	await until('what was due while the app was away is shown', async () => (await dunst.displayed()) === 1, 30_000);
	await dunst.press();
	await until('the booking is open', async () => (await path()) === `/agenda/${next.booking}`);
	await app.named('heading', 'What happened');
	await until('what was answered is gone', async () => (await dunst.displayed()) === 0);
	const [shown] = await dunst.history();
	const [what, when] = shown!.summary.split(/ (?:today|tomorrow) at /);
	expect([what, when, shown!.appname], 'what and when').toEqual([next.service, next.start.time, 'Datebook']);
	expect(shown!.body, 'and with whom').toMatch(/^with \p{L}+/u);

	await until('the next one is shown when it is due', async () => (await dunst.displayed()) === 1, 90_000);
	expect(app.log.match(/a reminder is shown kind=\w+/g), 'one each').toEqual([
		'a reminder is shown kind=DayBefore',
		'a reminder is shown kind=HoursBefore'
	]);

	// After a restart the last one would still matter, but it was shown: only the one that is asked for now comes.
	await restart(next, HOUR);
	await leaveBy('90');
	await dunst.closeAll();
	const summaries = (await dunst.history()).map(({ summary }) => summary);
	expect(summaries, 'nothing comes twice').toEqual([`Time to leave: ${next.service} at ${next.start.time}`]);
});

test('coming is said from the reminder, and a wrong reminder is taken away', async () => {
	// The server goes by its own clock, and hears this from three days before on.
	const next = (await ready())[0]!;
	expect(start(next) - Date.now(), 'the sample has one soon').toBeLessThan(3 * DAY);
	await restart(next, 2 * HOUR - MINUTE);
	await until('it is shown', async () => (await dunst.displayed()) === 1, 30_000);
	expect(await dunst.choose("I'm coming"), 'the buttons are on offer').toContain('Running late');
	await app.go(`/agenda/${next.booking}`);
	await app.shows('They know that you are coming.');
	const me = await Person.signIn(salon, demo);
	await until('the salon knows', async () => JSON.stringify(await me.view({ view: 'booking', booking: next.booking })).includes('attendance_confirmed'));

	expect(await dunst.displayed(), 'what was answered is gone').toBe(0);
	await leaveBy('119');
	await app.click('button', 'Sign out');
	await until('who has left is not reminded any more', async () => (await dunst.displayed()) === 0, 30_000);
});

test('a reminder that stands there when the app ends comes again with it, and can be answered', async () => {
	await shift((await ready())[0]!, 2 * HOUR - MINUTE);
	const here = App.alone(folder);
	try {
		await until('it is shown', async () => (await dunst.displayed()) === 1, 30_000);
		await windowOf(here).close();
		await until('the app has ended', async () => here.child.exitCode !== null, 30_000);
	} finally {
		await here.kill();
	}
	expect(await dunst.displayed(), 'nobody would hear what is pressed').toBe(0);
	app = await App.start(folder);
	await until('it is there again', async () => (await dunst.displayed()) === 1, 30_000);
	await dunst.choose("I'm coming");
	await until('what was answered is gone', async () => (await dunst.displayed()) === 0);
});

test('a device that shows no notifications says so, and not that it reminds', async () => {
	await ready();
	await app.go('/you');
	await app.shows('Datebook reminds you while it is open');
	await dunst.stop();
	await app.window.executeScript('window.dispatchEvent(new Event("focus"))');
	await app.shows('Nothing on this device shows notifications at present');
	await app.hides('Datebook reminds you while it is open');
	dunst = await Dunst.start();
	await app.click('button', 'Try again');
	await app.shows('Datebook reminds you while it is open');
});

test('tray and start at login are off until asked for', async () => {
	const putBack = configIn(folder);
	const tray = await Tray.start();
	try {
		await ready();
		await app.go('/you');
		await app.shows('Closing the window ends Datebook.');
		const entry = join(folder, 'autostart/Datebook.desktop');
		await expect(access(entry), 'nothing starts by itself').rejects.toThrow();
		await app.click('checkbox', 'Start Datebook when I log in');
		await until('the desktop will start it', () => readFile(entry, 'utf8').catch(() => undefined));
		expect(await readFile(entry, 'utf8'), 'in the tray, if there is one').toContain('--at-login');
		await app.click('checkbox', 'Stay in the tray when the window is closed');
		await app.shows('Closing the window puts Datebook into the tray');
		await app.die();
		app = await App.start(folder);
		await app.go('/you');
		await app.shows('Closing the window puts Datebook into the tray');
		await app.click('checkbox', 'Start Datebook when I log in');
		await until('the desktop will not start it', () => access(entry).then(() => false, () => true));
	} finally {
		putBack();
		await tray.stop();
	}
});
