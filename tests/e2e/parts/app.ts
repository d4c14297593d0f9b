/** The real app in a real window, driven by WebDriver (tauri-driver and WebKitWebDriver). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, By, Capabilities, type WebDriver, type WebElement, until } from 'selenium-webdriver';
import { appProgram, tauriDriver } from './places';
import { Program } from './process';

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
		const driver = Program.start(tauriDriver, ['--port', String(port), '--native-port', String(native)], {
			DATEBOOK_DATA: folder,
			LIBGL_ALWAYS_SOFTWARE: '1'
		});
		await answers(port);
		const capabilities = new Capabilities();
		capabilities.setBrowserName('wry');
		capabilities.set('tauri:options', { application: appProgram, args: link ? [link] : [] });
		const window = await new Builder().usingServer(`http://127.0.0.1:${port}/`).withCapabilities(capabilities).build();
		return new App(folder, driver, window);
	}

	static async folder(): Promise<string> {
		return mkdtemp(join(tmpdir(), 'datebook-app-'));
	}

	/** An element by its accessible name. */
	async named(role: string, name: string | RegExp): Promise<WebElement> {
		return this.window.wait(async () => {
			for (const element of await this.window.findElements(By.css(selectors[role] ?? role))) {
				try {
					const spoken = (await element.getAccessibleName()).trim();
					if (typeof name === 'string' ? spoken === name : name.test(spoken)) return element;
				} catch {
					// It left the page while we asked; the next round sees the page as it is.
				}
			}
			return null;
		}, PATIENCE, `no ${role} named ${name}`) as Promise<WebElement>;
	}

	async click(role: string, name: string | RegExp): Promise<void> {
		const element = await this.named(role, name);
		await this.window.executeScript('arguments[0].scrollIntoView({block: "center"})', element);
		await element.click();
	}

	async type(name: string | RegExp, text: string): Promise<void> {
		const field = await this.named('textbox', name);
		await field.clear();
		await field.sendKeys(text);
	}

	/** Waits until the page shows a text. */
	async shows(text: string | RegExp): Promise<void> {
		await this.window.wait(async () => {
			const body = await this.window.findElement(By.css('body')).getText();
			return typeof text === 'string' ? body.includes(text) : text.test(body);
		}, PATIENCE, `never showed ${text}`);
	}

	async picture(file: string): Promise<void> {
		await writeFile(file, await this.window.takeScreenshot(), 'base64');
	}

	/** Ends the app without a word, as a power cut or `kill -9` would. */
	async die(): Promise<void> {
		await this.window.quit().catch(() => undefined);
		await this.driver.kill('SIGKILL');
	}

	static async forget(folder: string): Promise<void> {
		await rm(folder, { recursive: true, force: true });
	}
}

const selectors: Record<string, string> = {
	button: 'button, [role=button]',
	link: 'a[href]',
	textbox: 'input, textarea',
	radio: '[role=radio], input[type=radio]',
	tab: '[role=tab]',
	gridcell: '[role=gridcell] button, [role=gridcell]'
};

async function answers(port: number): Promise<void> {
	for (;;) {
		try {
			await fetch(`http://127.0.0.1:${port}/status`);
			return;
		} catch {
			await new Promise((resolve) => setImmediate(resolve));
		}
	}
}

export { By, until };
