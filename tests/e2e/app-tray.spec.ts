/** What closing the window does, with and without a tray that somebody sees. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { App } from './parts/app';
import { signIn } from './parts/book-in-app';
import { configIn } from './parts/config';
import type { Program } from './parts/process';
import { Salon } from './parts/salon';
import { Tray, windowOf } from './parts/tray';
import { until } from './parts/until';

const PATIENCE = 60_000;
const ASKED = 'Stay in the tray when the window is closed';

let salon: Salon;
let folder: string;
let app: App | undefined;
let alone: Program | undefined;
let tray: Tray | undefined;
let putBack: () => void;

test.beforeEach(async () => {
	test.setTimeout(300_000);
	salon = await Salon.open({ customers: 5 });
	folder = await App.folder();
	putBack = configIn(folder);
});

test.afterEach(async ({}, result) => {
	if (result.status !== result.expectedStatus) {
		if (app) console.log(await app.lastWords(result.outputPath('window.png')));
		console.log(`alone it said:\n${alone?.output.join('\n')}`);
	}
	await app?.die().catch(() => undefined);
	await alone?.kill();
	await tray?.stop();
	[app, alone, tray] = [undefined, undefined, undefined];
	putBack();
	await salon.close();
	await App.forget(folder);
});

/** Starts the app by itself and waits until its screens are there. */
async function start(...args: string[]): Promise<Program> {
	alone = App.alone(folder, ...args);
	await alone.says(/the window is open/);
	return alone;
}

const is = async (program: Program, state: string) =>
	until(`the window is ${state}`, async () => (await windowOf(program).state()) === state, PATIENCE);

/** Closes the window and waits until the app has ended with it. */
async function ends(program: Program): Promise<void> {
	await windowOf(program).close();
	await hasEnded(program);
}

async function hasEnded(program: Program): Promise<void> {
	await until('the app has ended', async () => program.child.exitCode !== null || program.child.signalCode !== null, PATIENCE);
	expect(program.child.exitCode, 'as it should').toBe(0);
}

test('closing hides the window where a tray shows its icon, and ends the app where none does', async () => {
	app = await App.start(folder, `datebook://connect?server=${encodeURIComponent(salon.address)}`);
	await signIn(app, salon);
	await app.go('/you');
	await app.click('checkbox', ASKED);
	await app.shows('This desktop has no tray that Datebook could go to. Nothing was changed.');
	await app.shows('Closing the window ends Datebook.');

	tray = await Tray.start(true);
	await app.click('checkbox', ASKED);
	await app.shows('Closing the window ends Datebook.');
	await tray.stop();

	tray = await Tray.start();
	await app.click('checkbox', ASKED);
	await app.shows('Closing the window puts Datebook into the tray');
	await tray.hasIcon();
	// The panel goes away: what closing does is another thing now, and the window says so.
	await tray.stop();
	await app.window.executeScript('window.dispatchEvent(new Event("focus"))');
	await app.shows('This desktop shows no tray at present, so closing the window ends Datebook.');
	await app.die();
	app = undefined;

	tray = await Tray.start();
	let here = await start();
	await tray.hasIcon();
	await is(here, 'shown');
	await windowOf(here).close();
	await is(here, 'hidden');
	expect(here.child.exitCode, 'it goes on reminding').toBeNull();
	await App.again(folder);
	await is(here, 'shown');
	await tray.stop();
	await ends(here);

	// At login it hides only where there is something to bring it back by.
	here = await start('--at-login');
	await is(here, 'shown');
	await ends(here);
	tray = await Tray.start();
	here = await start('--at-login');
	await tray.hasIcon();
	await here.says(/the app waits in the tray/);
	expect(await windowOf(here).state(), 'it is in the tray').not.toBe('shown');
	await App.again(folder, '--at-login');
	expect(await windowOf(here).state(), 'the session has asked for no window').not.toBe('shown');
	await App.again(folder);
	await is(here, 'shown');
});

test('an app that was in the tray all day knows where its window was the day before', async () => {
	app = await App.start(folder, `datebook://connect?server=${encodeURIComponent(salon.address)}`);
	await signIn(app, salon);
	await app.go('/you');
	tray = await Tray.start();
	await app.click('checkbox', ASKED);
	await app.shows('Closing the window puts Datebook into the tray');
	await app.die();
	app = undefined;

	const memory = join(folder, 'app.datebook.desktop/.window-state.json');
	const before = { width: 700, height: 600, x: 40, y: 30 };
	const rest = { prev_x: 0, prev_y: 0, maximized: false, visible: true, decorated: true, fullscreen: false };
	await mkdir(dirname(memory), { recursive: true });
	await writeFile(memory, JSON.stringify({ main: { ...before, ...rest } }));
	const here = await start('--at-login');
	await here.says(/the app waits in the tray/);
	// Its session ends.
	here.child.kill('SIGTERM');
	await hasEnded(here);
	expect(JSON.parse(await readFile(memory, 'utf8')), 'nobody has moved it').toMatchObject({ main: before });
});
