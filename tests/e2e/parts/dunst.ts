/** A desktop's notifications: the real dunst on the tests' bus and display. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, run } from './process';
import { until } from './until';

export interface Shown {
	appname: string;
	summary: string;
	body: string;
}

export class Dunst {
	private constructor(
		private readonly folder: string,
		private readonly program: Program
	) {}

	/** Starts dunst and waits until it answers. Whoever opens its menu finds the entry there that was chosen beforehand. */
	static async start(): Promise<Dunst> {
		const folder = await mkdtemp(join(tmpdir(), 'datebook-dunst-'));
		const menu = join(folder, 'menu');
		await writeFile(menu, `#!/bin/sh\ntee "${folder}/offered" | grep -m1 -F "$(cat "${folder}/wanted")"\n`);
		await chmod(menu, 0o755);
		const config = join(folder, 'dunstrc');
		await writeFile(config, `[global]\nmonitor = 0\nmarkup = full\nformat = "<b>%s</b>\\n%b"\ndmenu = ${menu}\n`);
		const dunst = new Dunst(folder, Program.start('dunst', ['-conf', config]));
		await until('dunst answers', () => run('dunstctl', ['is-paused']).catch(() => undefined));
		return dunst;
	}

	async stop(): Promise<void> {
		await this.program.kill('SIGTERM');
		await rm(this.folder, { recursive: true, force: true });
	}

	/** How many notifications stand on the display. */
	async displayed(): Promise<number> {
		return Number(await run('dunstctl', ['count', 'displayed']));
	}

	/** What was shown and is gone, the latest first. */
	async history(): Promise<Shown[]> {
		type Entry = Record<keyof Shown, { data: string }>;
		const { data } = JSON.parse(await run('dunstctl', ['history'])) as { data: Entry[][] };
		const plain = ({ appname, summary, body }: Entry) => ({ appname: appname.data, summary: summary.data, body: body.data });
		return data.flat().map(plain);
	}

	/** Presses the notification that stands on top. */
	async press(): Promise<void> {
		await run('dunstctl', ['action', '0']);
	}

	/** Chooses one of the buttons of what is shown; what was on offer. */
	async choose(label: string): Promise<string> {
		await writeFile(join(this.folder, 'wanted'), label);
		await run('dunstctl', ['context']);
		return until('the menu was offered', () => readFile(join(this.folder, 'offered'), 'utf8').catch(() => undefined));
	}

	async closeAll(): Promise<void> {
		await run('dunstctl', ['close-all']);
	}
}
