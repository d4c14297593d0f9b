/**
 * The packages as somebody gets them: the one for Debian installed beside the system and opened by a link, through the
 * desktop entry that came with it; what the one for Fedora says of itself.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { App } from './parts/app';
import { bookDryCut, signIn } from './parts/book-in-app';
import { dryCut, Person } from './parts/person';
import { packages, xdgOpen } from './parts/places';
import { run } from './parts/process';
import { demo, Salon } from './parts/salon';

let home: string;
let salon: Salon | undefined;
let folder: string;
let app: App | undefined;

test.beforeEach(async () => {
	test.setTimeout(240_000);
	home = await mkdtemp(join(tmpdir(), 'datebook-installed-'));
	folder = await App.folder();
});

test.afterEach(async ({}, result) => {
	if (result.status !== result.expectedStatus) console.log(await app?.lastWords(result.outputPath('window.png')));
	await app?.die().catch(() => undefined);
	await salon?.close();
	await App.forget(folder);
	await rm(home, { recursive: true, force: true });
});

/** The package of a kind that was built. */
async function built(kind: 'deb' | 'rpm'): Promise<string> {
	const [name] = (await readdir(join(packages, kind))).filter((name) => name.endsWith(`.${kind}`));
	return join(packages, kind, name!);
}

test('the installed package opens, signs in, books, and owns its links', async () => {
	salon = await Salon.open({ customers: 5 });
	const deb = await built('deb');
	execFileSync('dpkg', ['-x', deb, home]);

	const entry = await readFile(join(home, 'usr/share/applications/Datebook.desktop'), 'utf8');
	expect(entry, 'links are handed to it').toMatch(/^Exec=datebook %u$/m);
	expect(entry, 'and they are ours').toMatch(/^MimeType=x-scheme-handler\/datebook;?$/m);
	const icons = await readdir(join(home, 'usr/share/icons/hicolor'));
	expect(icons, 'a desktop finds an icon of its size').toEqual(expect.arrayContaining(['32x32', '128x128', '512x512', 'scalable']));
	const needs = execFileSync('dpkg-deb', ['-f', deb, 'Depends'], { encoding: 'utf8' });
	for (const need of ['libwebkit2gtk-4.1-0', 'libgtk-3-0', 'libdbus-1-3']) {
		expect(needs, 'what the program is linked with is installed with it').toContain(need);
	}
	// A warning fails it, and the network is not asked.
	execFileSync('appstreamcli', ['validate', '--no-net', '--strict', join(home, 'usr/share/metainfo/app.datebook.desktop.metainfo.xml')]);

	// As installed: the desktop finds entries and programs of the package, and the user has chosen nothing yet.
	const elsewhere = {
		XDG_DATA_DIRS: `${join(home, 'usr/share')}:/usr/local/share:/usr/share`,
		PATH: `${join(home, 'usr/bin')}:${process.env.PATH}`,
		XDG_DATA_HOME: join(home, 'data'),
		XDG_CONFIG_HOME: join(home, 'config'),
		XDG_CURRENT_DESKTOP: ''
	};
	await mkdir(elsewhere.XDG_DATA_HOME);
	await mkdir(elsewhere.XDG_CONFIG_HOME);
	const asked = await run('xdg-mime', ['query', 'default', 'x-scheme-handler/datebook'], elsewhere);
	expect(asked.trim(), 'before the app has run once, the desktop knows by the package whose these links are').toBe('Datebook.desktop');
	const link = `datebook://connect?server=${encodeURIComponent(salon.address)}`;
	app = await App.start(folder, link, join(home, 'usr/bin/datebook'), xdgOpen, elsewhere);
	await signIn(app, salon);
	const me = await Person.signIn(salon, demo);
	const [day] = await me.freeDays({ ...dryCut, staff: 'jonas' });
	await bookDryCut(app, /^Jonas Ryebrook/, day!.times[1]!.start);
	await app.shows('You are booked');
	const upcoming = await me.agenda('upcoming');
	expect(upcoming.some(({ service }) => service === 'Dry cut'), 'the server has it').toBe(true);
});

test('the package for Fedora has the same and asks for what it needs', async () => {
	const rpm = await built('rpm');
	const query = (...what: string[]) => execFileSync('rpm', ['-qp', ...what, rpm], { encoding: 'utf8' }).split('\n');
	expect(query('--requires'), 'what the program is linked with is installed with it').toEqual(
		expect.arrayContaining(['libwebkit2gtk-4.1.so.0()(64bit)', 'libgtk-3.so.0()(64bit)', 'dbus-libs'])
	);
	const metadata = '/usr/share/metainfo/app.datebook.desktop.metainfo.xml';
	expect(query('--list'), 'the program, its entry and what software centres show').toEqual(
		expect.arrayContaining(['/usr/bin/datebook', '/usr/share/applications/Datebook.desktop', metadata])
	);
	execFileSync('bash', ['-c', 'rpm2archive - <"$2" | tar -xz -C "$1" --wildcards "./usr/share/*"', 'unpack', home, rpm]);
	const entry = await readFile(join(home, 'usr/share/applications/Datebook.desktop'), 'utf8');
	expect(entry, 'links are handed to it').toMatch(/^Exec=datebook %u$[^]*^MimeType=x-scheme-handler\/datebook;?$/m);
	execFileSync('appstreamcli', ['validate', '--no-net', '--strict', join(home, metadata)]);
});
