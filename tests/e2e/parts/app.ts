/** The real app in a real window, driven by WebDriver (tauri-driver and WebKitWebDriver). */
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, By, Capabilities, Key, type WebDriver, type WebElement } from 'selenium-webdriver';
import { appProgram, tauriDriver } from './places';
import { Program, run } from './process';
import { until } from './until';

const PATIENCE = 30_000;

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as { port: number };
	await new Promise((resolve) => server.close(resolve));
	return port;
}

export class App {
	private constructor(
		readonly folder: string,
		private readonly driver: Program,
		readonly window: WebDriver
	) {}

	/** Starts the app on a data folder, connected to nothing unless a link says so. */
	static async start(folder: string, link?: string): Promise<App> {
		const [port, native] = [await freePort(), await freePort()];
		const driver = Program.start(
			tauriDriver,
			['--port', String(port), '--native-port', String(native)],
			surroundings(folder),
			true
		);
		const address = `http://127.0.0.1:${port}/`;
		await until('tauri-driver answers', async () => (await fetch(`${address}status`).catch(() => undefined))?.ok, PATIENCE);
		const capabilities = new Capabilities();
		capabilities.setBrowserName('wry');
		capabilities.set('tauri:options', { application: appProgram, args: link ? [link] : [] });
		const window = await new Builder().usingServer(address).withCapabilities(capabilities).build();
		return new App(folder, driver, window);
	}

	static async folder(): Promise<string> {
		return mkdtemp(join(tmpdir(), 'datebook-app-'));
	}

	static async forget(folder: string): Promise<void> {
		await rm(folder, { recursive: true, force: true });
	}

	/** What the app has said to whoever started it. */
	get log(): string {
		return this.driver.output.join('\n');
	}

	/** Starts the program a second time with a link, as the desktop does for a `datebook://` link. */
	async open(link: string): Promise<void> {
		await run(appProgram, [link], surroundings(this.folder));
	}

	/** An element that is shown, by role and name. */
	async named(role: string, name: string | RegExp, patience = PATIENCE): Promise<WebElement> {
		return until(`a ${role} named ${name}`, async () => (await this.all(role, name))[0], patience);
	}

	/** All elements that are shown, by role and name. */
	async all(role: string, name: string | RegExp): Promise<WebElement[]> {
		const pattern = typeof name === 'string' ? `^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$` : name.source;
		return this.window.executeScript<WebElement[]>(find, selectors[role] ?? role, pattern);
	}

	/**
	 * Presses an element that is at rest and that nothing covers. The press is the page's own, so it shows what a press
	 * brings about, not that the window takes the pointer: the browser's specs show that.
	 */
	async click(role: string, name: string | RegExp): Promise<void> {
		await until(
			`${role} ${name} can be pressed`,
			async () => {
				const [element] = await this.all(role, name);
				if (!element) return false;
				return this.window.executeScript<boolean>(press, element).catch((error: Error) => {
					// It left the page while we asked; the next round sees the page as it is.
					if (error.name === 'StaleElementReferenceError') return false;
					throw error;
				});
			},
			PATIENCE
		);
	}

	async type(name: string | RegExp, text: string): Promise<void> {
		const field = await this.named('textbox', name);
		await field.sendKeys(Key.chord(Key.CONTROL, 'a'), Key.DELETE);
		await field.sendKeys(text);
	}

	/** Goes to a screen of the app as its own links do. */
	async go(path: string): Promise<void> {
		await this.window.executeScript(
			`const link = document.createElement('a');
			link.href = arguments[0];
			document.body.append(link);
			link.click();
			link.remove();`,
			path
		);
	}

	/** What can be read in the window. */
	async text(): Promise<string> {
		return this.window.executeScript<string>('return document.body.innerText');
	}

	/** Waits until the window shows a text. */
	async shows(text: string | RegExp, patience = PATIENCE): Promise<void> {
		await until(
			`the window shows ${text}`,
			async () => {
				const body = await this.text();
				return typeof text === 'string' ? body.includes(text) : text.test(body);
			},
			patience
		);
	}

	/** Waits until the window shows a text no more. */
	async hides(text: string | RegExp, patience = PATIENCE): Promise<void> {
		await until(
			`the window shows ${text} no more`,
			async () => {
				const body = await this.text();
				return typeof text === 'string' ? !body.includes(text) : !text.test(body);
			},
			patience
		);
	}

	async picture(file: string): Promise<void> {
		await writeFile(file, await this.window.takeScreenshot(), 'base64');
	}

	/** Ends the app without a word, as a power cut or `kill -9` would, and waits until it is gone. */
	async die(): Promise<void> {
		const processes = await processesOf(this.folder);
		for (const id of processes) process.kill(id, 'SIGKILL');
		await until('the app is gone', async () => (await processesOf(this.folder)).length === 0, PATIENCE);
		// What drove the window goes as well: it has nothing left to say goodbye to.
		await this.driver.kill('SIGKILL');
		if (processes.length === 0) throw new Error(`there was no app to kill:\n${this.log}`);
	}
}

function surroundings(folder: string): NodeJS.ProcessEnv {
	return { DATEBOOK_APP_DATA: folder, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_DMABUF_RENDERER: '1' };
}

/** The living processes of the app on a data folder; there are several apps on a developer's machine. */
async function processesOf(folder: string): Promise<number[]> {
	const found: number[] = [];
	for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
		try {
			if ((await readlink(`/proc/${id}/exe`)) !== appProgram) continue;
			const environment = (await readFile(`/proc/${id}/environ`, 'utf8')).split('\0');
			if (environment.includes(`DATEBOOK_APP_DATA=${folder}`)) found.push(Number(id));
		} catch {
			// It ended while we looked, or it is somebody else's.
		}
	}
	return found;
}

const selectors: Record<string, string> = {
	button: 'button, [role=button]',
	link: 'a[href]',
	textbox: 'input:not([type=radio]), textarea',
	radio: 'input[type=radio]',
	heading: 'h1, h2, h3',
	tab: '[role=tab]',
	dialog: '[role=dialog]'
};

/** Runs in the page: presses an element if a finger could. */
const press = `
	const [one] = arguments;
	const moves = document.getAnimations().some(
		(each) => each.playState === 'running' && each.effect?.getTiming().iterations !== Infinity
	);
	if (document.readyState !== 'complete' || moves) return false;
	one.scrollIntoView({ block: 'center', behavior: 'instant' });
	const { x, y, width, height } = one.getBoundingClientRect();
	const top = document.elementFromPoint(x + width / 2, y + height / 2);
	if (!top || !(one.contains(top) || top.contains(one))) return false;
	one.focus();
	// After this script has answered: a press that leads elsewhere must not take the answer with it.
	setTimeout(() => one.click());
	return true;
`;

/** Runs in the page: one question instead of one for each element. Names as screen readers make them, near enough. */
const find = `
	const [selector, pattern] = arguments;
	const named = new RegExp(pattern);
	const text = (node) => {
		const copy = node?.cloneNode(true);
		copy?.querySelectorAll('[aria-hidden=true]').forEach((silent) => silent.remove());
		return (copy?.textContent ?? '').replace(/\\s+/g, ' ').trim();
	};
	const name = (one) =>
		one.getAttribute('aria-label') ??
		(one.getAttribute('aria-labelledby')
			? one.getAttribute('aria-labelledby').split(' ').map((id) => text(document.getElementById(id))).join(' ')
			: one.labels?.length ? text(one.labels[0]) : text(one));
	const shown = (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility !== 'hidden';
	return [...document.querySelectorAll(selector)].filter((one) => shown(one) && named.test(name(one).trim()));
`;

export { By };
