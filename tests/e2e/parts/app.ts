/** The real app in a real window, driven by WebDriver (tauri-driver and WebKitWebDriver). */
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, By, Capabilities, Key, type WebDriver, type WebElement } from 'selenium-webdriver';
import { appProgram, tauriDriver, xdgOpen } from './places';
import { Program, run } from './process';
import { until } from './until';

const PATIENCE = 30_000;

/** Two ports that nobody has yet, never the same. */
async function freePorts(): Promise<number[]> {
	const servers = [createServer(), createServer()];
	await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
	const ports = servers.map((server) => (server.address() as AddressInfo).port);
	await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
	return ports;
}

/** Starts what drives windows, and gives its address. Who loses a port to another program takes others. */
async function drive(environment: NodeJS.ProcessEnv): Promise<[Program, string]> {
	for (let tries = 1; ; tries++) {
		const [port, native] = await freePorts();
		const driver = Program.start(tauriDriver, ['--port', String(port), '--native-port', String(native)], environment, true);
		const address = `http://127.0.0.1:${port}/`;
		const answers = async () => (await fetch(`${address}status`).catch(() => undefined))?.ok;
		try {
			await until('tauri-driver answers', answers, PATIENCE / 3);
			return [driver, address];
		} catch (error) {
			await driver.kill('SIGKILL');
			if (tries === 3) throw new Error(`tauri-driver does not answer:\n${driver.output.join('\n')}`, { cause: error });
		}
	}
}

export class App {
	private constructor(
		readonly folder: string,
		private readonly program: string,
		private readonly driver: Program,
		readonly window: WebDriver,
		private readonly elsewhere: NodeJS.ProcessEnv
	) {}

	/**
	 * Starts the app on a data folder, connected to nothing unless a link says so. `by` is what is given the link: the
	 * app itself, or a program that starts it. `elsewhere` says where the desktop finds its programs, if not where all others do.
	 */
	static async start(
		folder: string,
		link?: string,
		program: string = appProgram,
		by = program,
		elsewhere: NodeJS.ProcessEnv = {}
	): Promise<App> {
		const [driver, address] = await drive({ ...surroundings(folder), ...elsewhere });
		const capabilities = new Capabilities();
		capabilities.setBrowserName('wry');
		capabilities.set('tauri:options', { application: by, args: link ? [link] : [] });
		try {
			const window = await within(new Builder().usingServer(address).withCapabilities(capabilities).build());
			// A window that answers no more is found after half a minute and not after five.
			await window.manage().setTimeouts({ pageLoad: PATIENCE, script: PATIENCE });
			return new App(folder, program, driver, window, elsewhere);
		} catch (error) {
			// What is left over would take the next test's links.
			await end(folder, program, driver);
			throw new Error(`no window has come:\n${driver.output.join('\n')}`, { cause: error });
		}
	}

	/** Starts the app as the desktop does, with nobody driving its window. */
	static alone(folder: string, ...args: string[]): Program {
		return Program.start(appProgram, args, surroundings(folder), true);
	}

	/** Starts it a second time, and waits until the one that runs has been told. */
	static async again(folder: string, ...args: string[]): Promise<void> {
		await run(appProgram, args, surroundings(folder));
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
		await run(this.program, [link], { ...surroundings(this.folder), ...this.elsewhere });
	}

	/** Follows a link as any program does. Of a desktop only its name is there: it says which way `xdg-open` goes. */
	async follow(link: string, desktop = ''): Promise<void> {
		await run(xdgOpen, [link], { ...surroundings(this.folder), ...this.elsewhere, XDG_CURRENT_DESKTOP: desktop });
	}

	/** Waits until the desktop knows that such links are the app's. */
	async isAsked(scheme: string): Promise<void> {
		await until(
			`the desktop asks the app about ${scheme}`,
			async () => (await run('xdg-mime', ['query', 'default', `x-scheme-handler/${scheme}`], this.elsewhere)).includes('datebook'),
			PATIENCE
		);
	}

	/** An element that is shown, by role and name. */
	async named(role: string, name: string | RegExp, patience = PATIENCE): Promise<WebElement> {
		return until(`a ${role} named ${name}`, async () => (await this.all(role, name))[0], patience);
	}

	/** All elements that are shown, by role and name: of a page that stands, not of one that changes under the question. */
	async all(role: string, name: string | RegExp): Promise<WebElement[]> {
		return until(
			`every ${role} named ${name} is told`,
			async () => this.find<WebElement>('elements', role, name).catch(leftThePage),
			PATIENCE
		);
	}

	/** The names of all elements that are shown, in one answer: elements may leave the page before they are asked theirs. */
	async names(role: string, name: string | RegExp): Promise<string[]> {
		return this.find<string>('names', role, name);
	}

	private async find<T>(what: 'elements' | 'names', role: string, name: string | RegExp): Promise<T[]> {
		const pattern = typeof name === 'string' ? `^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$` : name.source;
		return this.window.executeScript<T[]>(find, what, selectors[role] ?? role, pattern);
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
				return this.window.executeScript<boolean>(press, element).catch(leftThePage);
			},
			PATIENCE
		);
	}

	async type(name: string | RegExp, text: string): Promise<void> {
		const field = await this.named('textbox', name);
		await field.sendKeys(Key.chord(Key.CONTROL, 'a'), Key.DELETE);
		await field.sendKeys(text);
	}

	/** Goes to a screen of the app as its own links do, and waits until that screen has taken the former one's place. */
	async go(path: string): Promise<void> {
		await this.window.executeScript(
			`const link = document.createElement('a');
			link.href = arguments[0];
			document.body.append(link);
			link.click();
			link.remove();`,
			path
		);
		await until(`the app goes to ${path}`, async () => this.window.executeAsyncScript<boolean>(arrived, path), PATIENCE);
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
		if ((await end(this.folder, this.program, this.driver)) === 0) throw new Error(`there was no app to kill:\n${this.log}`);
	}

	/** After a failure: a picture, and what the window and the app said, as far as the window still answers. */
	async lastWords(picture: string): Promise<string> {
		const silent = (error: Error) => `(nothing: ${error.message})`;
		await within(this.picture(picture)).catch(() => undefined);
		return `the window said:\n${await within(this.text()).catch(silent)}\nthe app said:\n${this.log}`;
	}
}

/** What an element is asked for leaves the page meanwhile: the next question sees the page as it is. */
function leftThePage(error: Error): false {
	if (error.name === 'StaleElementReferenceError') return false;
	throw error;
}

/** An answer, or an error when it takes too long: a window that hangs must not hang its test. */
async function within<T>(answer: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error('no answer')), PATIENCE);
	});
	return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** Kills the app on a data folder and what drives its window; how many processes of it there were. */
async function end(folder: string, program: string, driver: Program): Promise<number> {
	const processes = await processesOf(folder, program);
	for (const id of processes) process.kill(id, 'SIGKILL');
	await until('the app is gone', async () => (await processesOf(folder, program)).length === 0, PATIENCE);
	// It has nothing left to say goodbye to.
	await driver.kill('SIGKILL');
	return processes.length;
}

function surroundings(folder: string): NodeJS.ProcessEnv {
	return {
		DATEBOOK_APP_DATA: folder,
		LIBGL_ALWAYS_SOFTWARE: '1',
		WEBKIT_DISABLE_DMABUF_RENDERER: '1',
		// A link that nobody opens is an error, not a page in some browser.
		BROWSER: 'false'
	};
}

/** The living processes of the app on a data folder; there are several apps on a developer's machine. */
async function processesOf(folder: string, program: string): Promise<number[]> {
	const found: number[] = [];
	for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
		try {
			// Somebody may have built a newer one since.
			if ((await readlink(`/proc/${id}/exe`)).replace(/ \(deleted\)$/, '') !== program) continue;
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
	textbox: 'input:not([type=radio], [type=checkbox]), textarea',
	checkbox: 'input[type=checkbox]',
	radio: 'input[type=radio]',
	heading: 'h1, h2, h3',
	tab: '[role=tab]',
	dialog: '[role=dialog]'
};

/**
 * Runs in the page: whether it is at a path, after what follows a new path has been drawn. The path comes first, so
 * that whoever looks at it alone may still press a link of the former screen.
 */
const arrived = `
	const [path, done] = arguments;
	if (location.pathname + location.search !== path) done(false);
	else requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
`;

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
	const [what, selector, pattern] = arguments;
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
	const found = [...document.querySelectorAll(selector)].filter((one) => shown(one) && named.test(name(one).trim()));
	return what === 'names' ? found.map((one) => name(one).trim()) : found;
`;

export { By };
