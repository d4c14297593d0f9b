/** Links that the desktop hands to the app, and where the app keeps what a session needs. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { App } from './parts/app';
import { signIn } from './parts/book-in-app';
import { run } from './parts/process';
import { Salon } from './parts/salon';

let salon: Salon;
let folder: string;
let app: App;

test.beforeEach(async () => {
	salon = await Salon.open({ customers: 5 });
	folder = await App.folder();
});

test.afterEach(async ({}, result) => {
	if (result.status !== result.expectedStatus) {
		await app.picture(result.outputPath('window.png')).catch(() => undefined);
		console.log(`the window said:\n${await app.text().catch(() => '(nothing)')}\nthe app said:\n${app.log}`);
	}
	await app.die().catch(() => undefined);
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

/** All that lies in a folder, as text. */
async function readFiles(path: string): Promise<string> {
	const parts: string[] = [];
	for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
		if (entry.isFile()) parts.push(await readFile(join(entry.parentPath, entry.name), 'latin1').catch(() => ''));
	}
	return parts.join('\n');
}
