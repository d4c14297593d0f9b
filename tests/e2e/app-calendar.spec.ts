/** Appointments in the desktop's own calendar: the real app, the real Evolution Data Server, read back by libecal. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { App } from './parts/app';
import { bookDryCut, cancel, chooseTime, move, signIn } from './parts/book-in-app';
import { configIn } from './parts/config';
import { Dunst } from './parts/dunst';
import { Line } from './parts/line';
import { type OwnEvent, ownCalendar, second } from './parts/own-calendar';
import { dryCut, Person, type Ticket } from './parts/person';
import { type Program, run } from './parts/process';
import { demo, Salon } from './parts/salon';
import { sayShort } from './parts/screens';
import { Tray, windowOf } from './parts/tray';
import { until } from './parts/until';

/** Other programs are in between: the calendar's, and the one that looks into it. */
const PATIENCE = 60_000;

let salon: Salon;
let line: Line;
let folder: string;
let app: App;
let me: Person;

test.beforeEach(async () => {
	test.setTimeout(300_000);
	salon = await Salon.open();
	line = await Line.to(salon.port);
	folder = await App.folder();
	app = await App.start(folder, `datebook://connect?server=${encodeURIComponent(line.address)}`);
	await signIn(app, salon);
	me = await Person.signIn(salon, demo);
});

test.afterEach(async ({}, result) => {
	if (result.status !== result.expectedStatus) {
		await app.picture(result.outputPath('window.png')).catch(() => undefined);
		console.log(`the window said:\n${await app.text().catch(() => '(nothing)')}\nthe app said:\n${app.log}`);
		console.log(`the calendar held:\n${JSON.stringify(await ownCalendar.events().catch(() => '(nothing)'))}`);
	}
	await app.die().catch(() => undefined);
	await line.close();
	await salon.close();
	await App.forget(folder);
	await ownCalendar.clear();
});

async function turnOn(): Promise<void> {
	await app.go('/you');
	await app.click('button', 'Keep them in my calendar');
	await app.shows('Your appointments are kept in the calendar “Personal”.');
}

/** Waits until an appointment has exactly one event, copies counted, at that time; answers with it. */
async function stands(booking: string, at: string): Promise<OwnEvent> {
	return until(`one event at ${second(at)}`, async () => {
		const [event, ...others] = (await ownCalendar.events()).filter(({ text }) => text.includes(booking));
		return others.length === 0 && event?.uid === `${booking}@datebook` && event.start === second(at) && event;
	}, PATIENCE);
}

/** Waits until nothing in the calendar speaks of an appointment. */
async function isGone(booking: string): Promise<void> {
	const left = async () => (await ownCalendar.events()).some(({ text }) => text.includes(booking));
	await until('no event is left', async () => !(await left()), PATIENCE);
}

/** The customer comes back to the window, as from another program. */
async function comeBack(): Promise<void> {
	await app.window.executeScript('window.dispatchEvent(new Event("focus"))');
}

/** The appointment that was just made in the app, as the server has it. */
async function booked(at: string): Promise<Ticket> {
	return until('the booking came through', async () =>
		(await me.agenda('upcoming')).find(({ service, start }) => service === 'Dry cut' && start.at === at)
	);
}

test('there is exactly one event, whatever becomes of the appointment', async () => {
	expect(await ownCalendar.events(), 'nothing is written before it is asked for').toEqual([]);
	await turnOn();
	const upcoming = await me.agenda('upcoming');
	const wanted = upcoming.map(({ booking, start }) => `${booking}@datebook ${second(start.at)}`).sort();
	await until('all are entered', async () => (await ownCalendar.events()).length === wanted.length, PATIENCE);
	const found = (await ownCalendar.events()).map(({ uid, start }) => `${uid} ${start}`).sort();
	expect(found, 'one for each appointment, and nothing else').toEqual(wanted);

	const days = await me.freeDays({ ...dryCut, staff: 'jonas' });
	const [first, then, last] = [days[0]!.times[0]!.start, days[1]!.times[1]!.start, days[1]!.times[3]!.start];
	await bookDryCut(app, /^Jonas Ryebrook/, first);
	await app.shows('You are booked');
	const { booking } = await booked(first.at);
	const made = await stands(booking, first.at);
	expect(made.title, 'it says what and with whom').toMatch(/^Dry cut · /);
	expect(made.text, 'and leads to the app as a mail does').toContain(`/open/booking/${booking}`);
	expect(made.text, 'the app ends with its window, so the event rings').toContain('VALARM');
	expect(made.text, 'nobody is invited to an event of one’s own').not.toMatch(/ORGANIZER|ATTENDEE/);

	await move(app, booking, then);
	const moved = await stands(booking, then.at);
	await move(app, booking, last);
	const movedAgain = await stands(booking, last.at);
	expect([made, moved, movedAgain].map(({ sequence }) => sequence), 'it rises, so that others follow too').toEqual([0, 1, 2]);

	// Cancelled without a network and taken back: the event goes and comes again.
	line.cut();
	await cancel(app, booking);
	await isGone(booking);
	await app.go('/agenda');
	await app.click('button', 'Withdraw: Cancel Dry cut');
	await stands(booking, last.at);
	line.mend();

	await cancel(app, booking);
	await isGone(booking);
	await until('the server knows', async () => (await me.agenda('cancelled')).some((one) => one.booking === booking), 90_000);
	await bookDryCut(app, /^Jonas Ryebrook/, first);
	const again = await booked(first.at);
	await stands(again.booking, first.at);
	expect((await ownCalendar.events()).length, 'no ghost is left').toBe(upcoming.length + 1);

	// Somebody makes a copy: it is gone when the customer comes back.
	await ownCalendar.copy(`${again.booking}@datebook`);
	await comeBack();
	await stands(again.booking, first.at);

	// So is one that was made while the app was away.
	await app.die();
	await ownCalendar.copy(`${again.booking}@datebook`);
	app = await App.start(folder);
	await app.named('heading', 'Agenda');
	await stands(again.booking, first.at);

	// Somebody makes an event of their own out of one of ours: it is theirs, whatever it still says.
	await ownCalendar.copy(`${again.booking}@datebook`, 'Bring the old photo');
	await app.go('/you');
	await app.click('button', 'Stop keeping them there');
	const titles = async () => (await ownCalendar.events()).map(({ title }) => title);
	await until('the calendar is as it was before', async () => (await titles()).join() === 'Bring the old photo', PATIENCE);
});

test('an event that was moved by hand is asked about, and a time that is taken is said', async () => {
	await turnOn();
	const days = await me.freeDays({ ...dryCut, staff: 'jonas' });
	const [first, there] = [days[0]!.times[0]!.start, days[1]!.times[2]!.start];
	const booking = await me.book({ ...dryCut, staff: 'jonas' }, first.at);
	const event = await stands(booking, first.at);

	// Moved, and left as it is: the event goes back, the appointment has stayed all the time.
	await ownCalendar.move(event.uid, there.at);
	await app.go('/agenda');
	await app.named('heading', 'Agenda');
	await comeBack();
	await app.shows(`You moved this in your calendar to ${sayShort(there)}`);
	await app.shows('Move the appointment too?');
	expect((await ownCalendar.events()).find(({ uid }) => uid === event.uid)?.start, 'meanwhile it is where the customer put it').toBe(second(there.at));
	await app.click('button', 'Leave it, put the event back');
	await stands(booking, first.at);
	await app.hides('Move the appointment too?');
	expect((await me.agenda('upcoming')).find((one) => one.booking === booking)!.start.at, 'it never moved').toBe(first.at);

	// Moved, and the appointment moves too, once the customer has seen what that means.
	await ownCalendar.move(event.uid, there.at);
	await app.go(`/agenda/${booking}`);
	await app.named('button', 'Move');
	await comeBack();
	await app.click('button', 'Move the appointment');
	await app.click('button', `Move to ${sayShort(there)}`);
	await app.click('button', 'Done');
	await until('the appointment moved', async () =>
		(await me.agenda('upcoming')).some((one) => one.booking === booking && one.start.at === there.at)
	);
	await stands(booking, there.at);
	await app.hides('Move the appointment too?');
	await app.shows('In your calendar “Personal”');

	// The calendar is asked on this device alone whether the time suits.
	const { start, end } = days[0]!.times[1]!;
	await ownCalendar.add('Dentist', start.at, end.at);
	await app.go('/book');
	await app.click('link', /^Dry cut/);
	await app.click('link', /^Berlin Mitte/);
	await app.click('link', /^Jonas Ryebrook/);
	await chooseTime(app, start);
	await app.shows(/You have something in your calendar then: Dentist, \d\d:\d\d to \d\d:\d\d\./);
});

/** Waits until every event of the calendar rings, or none does. */
async function ring(all: boolean): Promise<void> {
	const { length } = await me.agenda('upcoming');
	await until(`${all ? 'all' : 'no'} events ring`, async () => {
		const events = await ownCalendar.events();
		return events.length === length && events.every(({ text }) => text.includes('VALARM') === all);
	}, PATIENCE);
}

test('events ring as soon as the reminders of the app would not be seen', async () => {
	const shown: { dunst?: Dunst; tray?: Tray } = {};
	const login = 'Start Datebook when I log in';
	const putBack = configIn(folder);
	try {
		// What starts at login stands there.
		await app.die();
		app = await App.start(folder);
		shown.dunst = await Dunst.start();
		shown.tray = await Tray.start();
		await turnOn();
		await app.click('checkbox', 'Stay in the tray when the window is closed');
		await app.shows('Closing the window puts Datebook into the tray');
		await app.shows('Without this the events in your calendar ring too');
		await ring(true);
		await app.click('checkbox', login);
		await app.shows('It starts in the tray, without a window.');
		await ring(false);

		// After a restart of the device it would not be there.
		await app.click('checkbox', login);
		await ring(true);
		await app.click('checkbox', login);
		await ring(false);

		// Nor where the desktop's own settings have switched the start off, which leaves the entry where it is.
		await app.die();
		await appendFile(join(folder, 'autostart/Datebook.desktop'), 'Hidden=true\n');
		app = await App.start(folder);
		await ring(true);
		await app.go('/you');
		await app.click('checkbox', login);
		await ring(false);

		// The panel ends, and nobody touches the app: its events ring long before it looks by itself.
		await shown.tray.stop();
		await ring(true);
		await app.shows('This desktop shows no tray at present, so closing the window ends Datebook.');
		shown.tray = await Tray.start();
		await shown.tray.hasIcon();
		await ring(false);
		await app.shows('Closing the window puts Datebook into the tray');

		// Nobody shows the app's notifications any more.
		await shown.dunst.stop();
		await comeBack();
		await ring(true);
		shown.dunst = await Dunst.start();
		await comeBack();
		await ring(false);

		// Whoever shows icons went while the app was away: that is seen at its start.
		await app.die();
		await shown.tray.stop();
		app = await App.start(folder);
		await ring(true);
	} finally {
		putBack();
		await shown.tray?.stop();
		await shown.dunst?.stop();
	}
});

/** Asks the bus about one name on it. */
async function bus(question: 'NameHasOwner' | 'GetConnectionUnixProcessID', name: string): Promise<string> {
	const of = ['--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'];
	return run('gdbus', ['call', ...of, '--method', `org.freedesktop.DBus.${question}`, name]);
}

test('whoever opens a link while the app hands over gets a window', async () => {
	await turnOn();
	await app.die();
	const owner = await bus('GetConnectionUnixProcessID', 'org.gnome.evolution.dataserver.Calendar8');
	const calendar = Number(owner.match(/uint32 (\d+)/)![1]);
	const here = App.alone(folder);
	let next: Program | undefined;
	try {
		await here.says(/the first screen stands/);
		// A calendar that does not answer is waited for.
		process.kill(calendar, 'SIGSTOP');
		await windowOf(here).close();
		const listens = async () => (await bus('NameHasOwner', 'app.datebook.desktop.SingleInstance')).includes('true');
		await until('nobody takes links any more', async () => !(await listens()));
		expect(here.output.join('\n'), 'it still hands over').not.toContain('the calendar took too long');
		expect(here.child.exitCode, 'and has not ended').toBeNull();
		next = App.alone(folder, `datebook://connect?server=${encodeURIComponent(line.address)}`);
		await next.says(/a link has come kind="connect"/);
		await next.says(/the first screen stands/);
		expect(next.output.join('\n'), 'it has waited for the folder').not.toContain('the folder is in use');
	} finally {
		process.kill(calendar, 'SIGCONT');
		await next?.kill();
		await here.kill();
	}
});
