/**
 * The package as somebody gets it: installed beside the system, started from where it was installed, opened by a link
 * through the desktop entry that came with it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { App } from './parts/app';
import { bookDryCut, signIn } from './parts/book-in-app';
import { dryCut, Person } from './parts/person';
import { root } from './parts/places';
import { demo, Salon } from './parts/salon';

let home: string;
let salon: Salon;
let folder: string;
let app: App;

test.beforeEach(async () => {
	test.setTimeout(240_000);
	home = await mkdtemp(join(tmpdir(), 'datebook-installed-'));
	salon = await Salon.open({ customers: 5 });
	folder = await App.folder();
});

test.afterEach(async ({}, result) => {
	if (result.status !== result.expectedStatus) console.log(await app?.lastWords(result.outputPath('window.png')));
	await app?.die().catch(() => undefined);
	await salon.close();
	await App.forget(folder);
	await rm(home, { recursive: true, force: true });
});

test('the installed package opens, signs in, books, and owns its links', async () => {
	const bundles = `${root}target/debug/bundle/deb`;
	const [built] = (await readdir(bundles)).filter((name) => name.endsWith('.deb'));
	execFileSync('dpkg', ['-x', join(bundles, built!), home]);

	const entry = await readFile(join(home, 'usr/share/applications/Datebook.desktop'), 'utf8');
	expect(entry, 'links are handed to it').toMatch(/^Exec=datebook %u$/m);
	expect(entry, 'and they are ours').toMatch(/^MimeType=x-scheme-handler\/datebook;?$/m);
	const icons = await readdir(join(home, 'usr/share/icons/hicolor'));
	expect(icons, 'a desktop finds an icon of its size').toEqual(expect.arrayContaining(['32x32', '128x128', '512x512', 'scalable']));
	const needs = execFileSync('dpkg-deb', ['-f', join(bundles, built!), 'Depends'], { encoding: 'utf8' });
	for (const need of ['libwebkit2gtk-4.1-0', 'libgtk-3-0', 'libdbus-1-3']) {
		expect(needs, 'what the program is linked with is installed with it').toContain(need);
	}
	// A warning fails it, and the network is not asked.
	execFileSync('appstreamcli', ['validate', '--no-net', '--strict', join(home, 'usr/share/metainfo/app.datebook.desktop.metainfo.xml')]);

	app = await App.start(folder, `datebook://connect?server=${encodeURIComponent(salon.address)}`, join(home, 'usr/bin/datebook'));
	await signIn(app, salon);
	const me = await Person.signIn(salon, demo);
	const [day] = await me.freeDays({ ...dryCut, staff: 'jonas' });
	await bookDryCut(app, /^Jonas Ryebrook/, day!.times[1]!.start);
	await app.shows('You are booked');
	const upcoming = await me.agenda('upcoming');
	expect(upcoming.some(({ service }) => service === 'Dry cut'), 'the server has it').toBe(true);
});
