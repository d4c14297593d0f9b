/** A real server with the sample business in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from './database';
import type { Engine } from './engine';
import { business, serverProgram } from './places';
import { Program, run } from './process';
import { until } from './until';

export interface Mail {
	id: string;
	to: string;
	subject: string;
	text: string;
	html: string;
	attachments: { name: string; content_type: string; text: string }[];
}

/** The customer that a demonstration offers to sign in as: two years of visits, four to come. */
export const demo = 'demo@example.com';

/** Tests sign in more often than people do. */
const often = ['--attempts-per-client', '10000', '--attempts-per-address', '1000'];

export class Salon {
	private constructor(
		readonly folder: string,
		private readonly database: Database | undefined,
		/** Where all commands find its data. */
		private readonly data: string[],
		private readonly mailing: string[],
		private program: Program,
		public port: number
	) {}

	/**
	 * Opens with a few sample customers. Mails land in the mailbox, or go to a mail server. `also` are more settings. On
	 * PostgreSQL it has a database of its own.
	 */
	static async open({
		customers = 40,
		smtp,
		file = business,
		also = [],
		engine = 'sqlite'
	}: { customers?: number; smtp?: string; file?: string; also?: string[]; engine?: Engine } = {}): Promise<Salon> {
		const database = engine === 'postgres' ? await Database.make() : undefined;
		const folder = await mkdtemp(join(tmpdir(), 'datebook-salon-'));
		const data = ['--data', folder, ...(database ? ['--database', database.url] : [])];
		await run(serverProgram, ['apply', file, ...data]);
		if (customers > 0) await run(serverProgram, ['sample', '--customers', String(customers), ...data]);
		const mailing = [...(smtp ? ['--smtp', smtp, '--mail-from', 'book@salon.example'] : ['--demo']), ...also];
		const [program, port] = await Salon.serve(data, mailing, 0);
		return new Salon(folder, database, data, mailing, program, port);
	}

	get address(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	/** What the server has said so far. */
	get log(): string {
		return this.program.output.join('\n');
	}

	/** Power cut. */
	async die(): Promise<void> {
		await this.program.kill('SIGKILL');
	}

	/** Starts again on the same data and the same port. */
	async rise(): Promise<void> {
		[this.program, this.port] = await Salon.serve(this.data, this.mailing, this.port);
	}

	async close(): Promise<void> {
		await this.program.kill('SIGTERM');
		await rm(this.folder, { recursive: true, force: true });
		await this.database?.drop();
	}

	/** What stands behind `#` in the link of a new counter. */
	async counter(label: string): Promise<string> {
		const what = ['--place', 'mitte', '--label', label, '--origin', this.address];
		const link = await run(serverProgram, ['counter', 'link', ...what, ...this.data]);
		return link.trim().split('#')[1]!;
	}

	/** All mails so far, the newest first. */
	async mails(): Promise<Mail[]> {
		const answer = await fetch(`${this.address}/api/v1/mailbox`);
		if (!answer.ok) throw new Error(`the mailbox answered ${answer.status}`);
		return (await answer.json()) as Mail[];
	}

	/** The mail to somebody that an act brings about. */
	async mail(to: string, subject: RegExp, act: () => Promise<unknown>): Promise<Mail> {
		const before = new Set((await this.mails()).map(({ id }) => id));
		await act();
		return until(`a mail to ${to} about ${subject}`, async () =>
			(await this.mails()).find((mail) => !before.has(mail.id) && mail.to === to && subject.test(mail.subject))
		);
	}

	private static async serve(data: string[], mailing: string[], port: number): Promise<[Program, number]> {
		const program = Program.start(serverProgram, [
			'serve', ...data, '--listen', `127.0.0.1:${port}`, ...mailing, ...often
		]);
		const said = await program.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
		return [program, Number(said[1])];
	}
}
