/** A desktop's tray, and the window of a program as that desktop sees it. */
import { fileURLToPath } from 'node:url';
import { Program, run } from './process';

const part = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A panel that shows icons, on the tests' bus. */
export class Tray {
	private constructor(private readonly program: Program) {}

	/** Waits until programs see it. With `nobodyLooks` there is a watcher, and no host behind it. */
	static async start(nobodyLooks = false): Promise<Tray> {
		// The system's Python: it has the system's GLib.
		const tray = new Tray(Program.start('/usr/bin/python3', [part('tray.py'), ...(nobodyLooks ? ['--nobody-looks'] : [])]));
		await tray.program.says(/^shown$/);
		return tray;
	}

	/** Waits until a program has given it an icon. */
	async hasIcon(): Promise<void> {
		await this.program.says(/^icon$/);
	}

	async stop(): Promise<void> {
		await this.program.kill();
	}
}

export const windowOf = (program: Program) => ({
	state: async () => (await run('/usr/bin/python3', [part('window.py'), 'state', String(program.child.pid)])).trim(),
	close: async () => void (await run('/usr/bin/python3', [part('window.py'), 'close', String(program.child.pid)]))
});
