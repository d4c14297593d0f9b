/** Links that the desktop hands to the app, and where the app keeps what a session needs. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { App } from './parts/app';
import { signIn } from './parts/book-in-app';
import { Person } from './parts/person';
import { appProgram, root, xdgOpen } from './parts/places';
import { run } from './parts/process';
import { demo, Salon } from './parts/salon';
import { until } from './parts/until';

let salon: Salon;
let folder: string;
let app: App;

test.beforeEach(async () => {
	salon = await Salon.open({ customers: 5 });
	folder = await App.folder();
});

test.afterEach(async ({}, result) => {
	if (result.status !== result.expectedStatus) console.log(await app?.lastWords(result.outputPath('window.png')));
	await app?.die().catch(() => undefined);
	await salon.close();
	await App.forget(folder);
});

const connect = (server: string) => `datebook://connect?server=${encodeURIComponent(server)}`;

test('a second start hands its link to the running app, once', async () => {
	app = await App.start(folder);
	await app.named('button', 'Open');
	await app.open(connect(salon.address));
	await app.shows('Open this business?');
	await app.shows(salon.address);
	await app.click('button', 'Not now');
	await app.hides('Open this business?');
	// Whatever came before this link has been shown by the time it is: a second copy would come first.
	await app.open(connect('http://127.0.0.1:9'));
	await app.shows('http://127.0.0.1:9');
	await app.click('button', 'Not now');
	await app.hides('Open this business?');
	const left = await app.window.executeScript('return window.__TAURI_INTERNALS__.invoke("pending_link")');
	expect(left, 'no link is left over').toBeNull();
	expect(await app.text(), 'nothing was opened without a yes').not.toContain('Linden & Rye');
});

test('a link that nobody understands is told kindly and does nothing', async () => {
	app = await App.start(folder);
	await app.named('button', 'Open');
	await app.open('datebook://frobnicate?all=1');
	await app.shows('This link is not one that Datebook understands. Nothing was done.');
});

test('a link that starts the app waits for a yes; the session lies in the keychain and nowhere else', async () => {
	app = await App.start(folder, connect(salon.address));
	await app.shows('Open this business?');
	expect(await readFiles(folder), 'before the yes there is no business').not.toContain('Linden & Rye');
	await signIn(app, salon);

	const found = await run('secret-tool', ['search', '--all', 'service', 'app.datebook.desktop']);
	const secret = found.match(/^secret = (.+)$/m);
	expect(secret, `the keychain holds the session:\n${found}`).not.toBeNull();
	const token = secret![1]!.match(/[\w-]{32,}/)![0];
	expect(await readFiles(folder), 'no file holds it').not.toContain(token);
	expect((await stat(folder)).mode & 0o777, 'the folder is closed to others').toBe(0o700);

	await app.die();
	app = await App.start(folder);
	await app.named('link', /^Gloss, /);
});

test('xdg-open brings a link to the running app and to one that it starts, once each', async () => {
	app = await App.start(folder, connect(salon.address));
	await signIn(app, salon);
	const me = await Person.signIn(salon, demo);
	const [facial, gloss] = [await bookingOf(me, 'Facial'), await bookingOf(me, 'Gloss')];
	await app.isAsked('datebook');

	await app.follow(toBooking(facial));
	await opens(facial);
	await isOnce();
	await app.follow(toBooking(gloss), 'GNOME');
	await opens(gloss);
	await isOnce(2);

	await app.die();
	app = await App.start(folder, toBooking(facial), appProgram, xdgOpen);
	await opens(facial);
	await isOnce();
});

test('a link to an appointment waits for the sign-in, and leads there then', async () => {
	app = await App.start(folder, connect(salon.address));
	await signIn(app, salon);
	const booking = await bookingOf(await Person.signIn(salon, demo), 'Facial');
	await app.go('/you');
	await app.click('button', 'Sign out');
	await app.named('button', 'Use the demo customer');

	await app.open(toBooking(booking));
	await until('it asks who it is', async () => (await path()) === '/sign-in');
	const mail = await salon.mail(demo, /^Sign in/, () => app.click('button', 'Use the demo customer'));
	await app.type('Six digits', mail.text.match(/\b\d{3} \d{3}\b/)![0]);
	await opens(booking);
	await isOnce();
});

/** Where each kind of link leads and what it says there, for somebody who is signed in. */
const leads: Record<string, { path?: string; heading?: string; says?: string }> = {
	connect: {},
	'sign-in': { says: 'This was asked for on another device, or too long ago.' },
	booking: { heading: 'What happened' },
	guest: { path: '/agenda', heading: 'Agenda', says: 'Shared appointments cannot be shown here yet. Linden & Rye' },
	'gift-card': { path: '/wallet', heading: 'Wallet', says: 'Gift cards cannot be kept here yet.' },
	'check-in': { path: '/agenda', heading: 'Agenda', says: 'Open your appointment to check in.' },
	payment: { path: '/agenda', heading: 'Agenda', says: 'You are back from paying.' }
};

test('every kind of link leads to its screen and says what it is', async () => {
	test.setTimeout(400_000);
	const corpus = JSON.parse(await readFile(join(root, 'tests/fuzz/links/corpus.json'), 'utf8')) as {
		pairs: [string, string][];
		refused: string[];
	};
	app = await App.start(folder, connect(salon.address));
	await signIn(app, salon);
	const booking = await bookingOf(await Person.signIn(salon, demo), 'Facial');
	const kindOf = (link: string) => /^datebook:\/\/([\w-]+)/.exec(link)![1]!;
	const links = corpus.pairs.map(([link]) =>
		link.replace(encodeURIComponent('https://salon.example'), encodeURIComponent(salon.address)).replace(/booking=.*/, `booking=${booking}`)
	);
	expect(links.map(kindOf).sort(), 'each kind once').toEqual(Object.keys(leads).sort());
	const heard = (kind: string) => app.log.split(`a link has come kind="${kind}"`).length - 1;
	for (const link of links) {
		const kind = kindOf(link);
		const { path: to, heading, says } = leads[kind]!;
		await app.go('/you');
		await app.named('heading', 'Reminders');
		const before = heard(kind);
		await app.open(link);
		await until(`the ${kind} link came`, async () => heard(kind) === before + 1);
		if (says) await app.shows(says);
		const there = kind === 'booking' ? `/agenda/${booking}` : (to ?? '/you');
		await until(`the ${kind} link led to ${there}`, async () => (await path()) === there);
		if (heading) await app.named('heading', heading);
	}

	// The code that hangs at a door names its place.
	await app.open(`datebook://check-in?server=${encodeURIComponent(salon.address)}&token=at_mitte`);
	await app.named('heading', 'Check in here');
	expect(await app.window.executeScript('return location.search'), 'of that door').toBe('?place=mitte');

	// What must not be taken for a link leads nowhere. What the desktop would not hand over does not even come.
	await app.go('/you');
	const known = Object.keys(leads).map(heard);
	for (const link of corpus.refused.filter((link) => link.startsWith('datebook:'))) await app.open(link);
	await app.shows('This link is not one that Datebook understands. Nothing was done.');
	expect(await path(), 'nothing was done').toBe('/you');
	await app.open(links.find((link) => kindOf(link) === 'gift-card')!);
	await until('what came last has come', async () => (await path()) === '/wallet');
	expect(heard('unknown'), 'they came').toBeGreaterThan(20);
	const after = Object.keys(leads).map((kind) => heard(kind) - (kind === 'gift-card' ? 1 : 0));
	expect(after, 'and not one was taken for a link').toEqual(known);
});

const toBooking = (booking: string) =>
	`datebook://booking?server=${encodeURIComponent(salon.address)}&booking=${booking}`;

async function bookingOf(me: Person, service: string): Promise<string> {
	return (await me.agenda('upcoming')).find((ticket) => ticket.service === service)!.booking;
}

/** An appointment's own page is there. */
async function opens(booking: string): Promise<void> {
	await until('its page is open', async () => (await path()) === `/agenda/${booking}`);
	await app.named('heading', 'What happened');
}

/** As many links to appointments have come since the app's start as were followed, and nothing is left of them. */
async function isOnce(followed = 1): Promise<void> {
	expect(app.log.match(/a link has come kind="booking"/g), 'each came once').toHaveLength(followed);
	const left = await app.window.executeScript('return window.__TAURI_INTERNALS__.invoke("pending_link")');
	expect(left, 'no link is left over').toBeNull();
	await app.go('/wallet');
	await app.named('heading', 'Wallet');
}

async function path(): Promise<string> {
	return app.window.executeScript<string>('return location.pathname');
}

/** All that lies in a folder, as text. */
async function readFiles(path: string): Promise<string> {
	const parts: string[] = [];
	for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
		if (entry.isFile()) parts.push(await readFile(join(entry.parentPath, entry.name), 'latin1').catch(() => ''));
	}
	return parts.join('\n');
}
