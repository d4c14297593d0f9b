/** A real server with the sample business in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { business, serverProgram } from './places';
import { Program, run } from './process';

export interface Mail {
	to: string;
	subject: string;
	text: string;
	html: string;
	attachments: { name: string; content_type: string; text: string }[];
}

export class Salon {
	private constructor(
		readonly folder: string,
		private program: Program,
		public port: number
	) {}

	/** Opens with a few sample customers. */
	static async open(customers = 40): Promise<Salon> {
		const folder = await mkdtemp(join(tmpdir(), 'datebook-salon-'));
		await run(serverProgram, ['apply', business, '--data', folder]);
		await run(serverProgram, ['sample', '--customers', String(customers), '--data', folder]);
		const [program, port] = await Salon.serve(folder, 0);
		return new Salon(folder, program, port);
	}

	get address(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	/** Power cut. */
	async die(): Promise<void> {
		await this.program.kill('SIGKILL');
	}

	/** Starts again on the same data and the same port. */
	async rise(): Promise<void> {
		[this.program, this.port] = await Salon.serve(this.folder, this.port);
	}

	async close(): Promise<void> {
		await this.program.kill('SIGTERM');
		await rm(this.folder, { recursive: true, force: true });
	}

	/** All mails so far, the newest first. */
	async mails(): Promise<Mail[]> {
		const answer = await fetch(`${this.address}/api/v1/mailbox`);
		if (!answer.ok) throw new Error(`the mailbox answered ${answer.status}`);
		return (await answer.json()) as Mail[];
	}

	private static async serve(folder: string, port: number): Promise<[Program, number]> {
		const program = Program.start(serverProgram, [
			'serve', '--demo', '--data', folder, '--listen', `127.0.0.1:${port}`
		]);
		const said = await program.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
		return [program, Number(said[1])];
	}
}
