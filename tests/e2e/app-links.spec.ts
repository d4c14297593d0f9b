/** Links that the desktop hands to the app, and where the app keeps what a session needs. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { App } from './parts/app';
import { signIn } from './parts/book-in-app';
import { Person } from './parts/person';
import { appProgram, xdgOpen } from './parts/places';
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
