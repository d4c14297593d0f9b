/** The real app without a network: it shows everything, takes what is asked, survives a power cut, gets its verdicts. */
import { expect } from '@playwright/test';
import { App } from './parts/app';
import { bookDryCut, cancel, move, signIn } from './parts/book-in-app';
import { bothEngines, test } from './parts/engine';
import { Line } from './parts/line';
import { dryCut, Person, type Ticket } from './parts/person';
import { demo, Salon } from './parts/salon';
import { until } from './parts/until';

/** After a while without an answer the app asks about once a minute. */
const NEXT_TRY = 90_000;

let salon: Salon;
let line: Line;
let folder: string;
let app: App;

test.beforeEach(async ({ engine }) => {
	test.setTimeout(300_000);
	salon = await Salon.open({ engine });
	line = await Line.to(salon.port);
	folder = await App.folder();
	app = await App.start(folder, `datebook://connect?server=${encodeURIComponent(line.address)}`);
});

test.afterEach(async ({}, result) => {
	if (result.status !== result.expectedStatus) console.log(await app?.lastWords(result.outputPath('window.png')));
	await app?.die().catch(() => undefined);
	await line.close();
	await salon.close();
	await App.forget(folder);
});

/** The list under "Waiting to be sent", the last given last. */
async function waiting(): Promise<string[]> {
	const buttons = await app.names('button', /^Withdraw: /);
	return buttons.map((name) => name.replace('Withdraw: ', ''));
}

test('what is done without a network waits, survives a power cut, and gets its verdict', bothEngines, async () => {
	await signIn(app, salon);
	const me = await Person.signIn(salon, demo);
	const other = await Person.signIn(salon, 'faster@example.org');
	const wish = { ...dryCut, staff: 'jonas' };
	const free = await other.freeDays(wish, 4);
	const wanted = free[1]!.times[2]!.start;
	const upcoming = await me.agenda('upcoming');
	const facial = upcoming.find(({ service }) => service === 'Facial')!;
	const gloss = upcoming.find(({ service }) => service === 'Gloss')!;

	// One booking while all is well: the verdict comes at once.
	const [sooner] = free;
	await bookDryCut(app, /^Jonas Ryebrook/, sooner!.times[0]!.start);
	await app.shows('You are booked');
	const facialTo = await freeTimeFor(me, facial);

	line.cut();
	await app.go('/agenda');
	await app.shows(/Offline, as of \d\d:\d\d/);
	for (const { service } of upcoming) await app.named('link', new RegExp(`^${service}, `));
	await bookDryCut(app, /^Jonas Ryebrook/, wanted);
	await app.shows('Kept on this device');
	await move(app, facial.booking, facialTo);
	await cancel(app, gloss.booking);
	await app.go('/agenda');
	await readsWaiting(facialTo.time, wanted.time);

	await app.die();
	app = await App.start(folder);
	await app.named('heading', 'Agenda');
	await app.shows(/Offline, as of/);
	await readsWaiting(facialTo.time, wanted.time);

	await other.book(wish, wanted.at);
	line.mend();
	await app.named('heading', 'Book Dry cut', NEXT_TRY);
	await until('nothing waits any more', async () => (await waiting()).length === 0, NEXT_TRY);
	expect(await app.text(), 'it says why').toMatch(new RegExp(`${wanted.time}( \\(.+ time\\))? is taken, or nobody works then\\. These times are free:`));
	const there = await me.agenda('upcoming');
	expect(there.find(({ booking }) => booking === facial.booking)?.start.at, 'the move came through').toBe(facialTo.at);
	expect((await me.agenda('cancelled')).map(({ booking }) => booking), 'the cancellation came through').toContain(gloss.booking);
	expect(there.map(({ start }) => start.at), 'what was taken was not booked').not.toContain(wanted.at);
	expect((await app.names('button', /^Take /)).length, 'there are other times').toBeGreaterThan(1);

	await app.click('button', /^Take /);
	const after = await until('one tap books another time', async () => {
		const now = await me.agenda('upcoming');
		return now.length === there.length + 1 && now;
	});
	const taken = after.find(({ booking }) => !there.some((known) => known.booking === booking))!;
	expect(taken.service, 'the same service').toBe('Dry cut');
	await app.named('link', new RegExp(`^Dry cut, .*${taken.start.time}`));
	await app.hides('Not accepted');
	await app.hides('Waiting to be sent');
});

/** All three wait, in the list of what waits and on their tickets. */
async function readsWaiting(moved: string, booked: string): Promise<void> {
	await until('all three wait', async () => (await waiting()).length === 3);
	expect(await waiting(), 'in the order they were asked for').toEqual(['Book Dry cut', 'Move Facial', 'Cancel Gloss']);
	await app.named('link', new RegExp(`^Facial, .*${moved}`));
	await app.named('link', new RegExp(`^Dry cut, .*${booked}`));
	const tickets = await app.window.executeScript<string[]>(
		'return [...document.querySelectorAll("article")].map((one) => one.innerText).filter((text) => /waiting to be sent/i.test(text))'
	);
	expect(tickets.map((text) => /Dry cut|Facial/.exec(text)?.[0]), 'their tickets say so').toEqual(
		expect.arrayContaining(['Dry cut', 'Facial'])
	);
	await app.click('tab', 'Cancelled');
	await app.shows(/Cancelled · waiting to be sent/i);
	await app.click('tab', 'Upcoming');
	await app.named('link', new RegExp(`^Dry cut, .*${booked}`));
}

interface Detail {
	service: string;
	variant: string;
	place: string;
	staff: string;
}

/** A free time on a day after an appointment's own. */
async function freeTimeFor(me: Person, { booking, start }: Ticket): Promise<Ticket['start']> {
	const { service, variant, place, staff } = await me.view<Detail>({ view: 'booking', booking });
	const days = await me.freeDays({ service, variant, place, staff }, 8, 2);
	return days.find(({ date }) => date !== start.date)!.times[1]!.start;
}

/** The name of a ticket's link: its service and its time. */
function linkOf({ service, start }: Ticket): RegExp {
	return new RegExp(`^${service.replace('&', '.')}, .*${start.time}`);
}

test('with the server away the app starts, shows everything, and catches up when it is back', async () => {
	await signIn(app, salon);
	const me = await Person.signIn(salon, demo);
	const upcoming = await me.agenda('upcoming');
	// One that nobody takes for one to come.
	const past = (await me.agenda('past')).find((one) => !upcoming.some((next) => linkOf(next).source === linkOf(one).source))!;
	await app.die();
	await salon.die();

	app = await App.start(folder);
	await app.named('heading', 'Agenda');
	for (const ticket of upcoming) await app.named('link', linkOf(ticket));
	await app.shows(/Offline, as of/);
	await app.click('tab', 'Past');
	await app.named('link', linkOf(past));
	await app.go('/book');
	await app.named('link', /^Dry cut/);

	await salon.rise();
	const [day] = await me.freeDays(dryCut);
	await me.book(dryCut, day!.times[0]!.start.at);
	await app.go('/agenda');
	await app.click('tab', 'Upcoming');
	await app.named('link', new RegExp(`^Dry cut, .*${day!.times[0]!.start.time}`), NEXT_TRY);
	await app.hides(/Offline, as of/);
});
