/** A real mail server on loopback, which a test can make unwilling, deaf or slow. */
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface Received {
	/** The envelope's recipients. */
	to: string[];
	/** As it came over the line. */
	source: string;
	mail: ParsedMail;
}

export class Receiver {
	readonly received: Received[] = [];
	/** How many deliveries were tried, taken or not. */
	tried = 0;
	private refusals = 0;
	private door: Promise<void> | undefined;
	private open: () => void = () => undefined;
	private readonly server: SMTPServer;

	private constructor() {
		this.server = new SMTPServer({
			authOptional: true,
			disabledCommands: ['AUTH', 'STARTTLS'],
			onMailFrom: (_from, _session, next) => void this.greet(next),
			onData: (stream, session, done) => {
				const parts: Buffer[] = [];
				stream.on('data', (part: Buffer) => parts.push(part));
				stream.on('end', () => {
					const source = Buffer.concat(parts).toString('utf8');
					const to = session.envelope.rcptTo.map(({ address }) => address);
					void simpleParser(source).then((mail) => {
						this.received.push({ to, source, mail });
						done();
					}, done);
				});
			}
		});
		// A sender that is killed in the middle of a sentence is what some tests are about.
		this.server.on('error', () => undefined);
	}

	static async listen(): Promise<Receiver> {
		const receiver = new Receiver();
		await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
		return receiver;
	}

	get address(): string {
		return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
	}

	/** Answers the next deliveries with a passing failure (RFC 5321, section 4.2.1: 451 asks to try again). */
	refuse(times: number): void {
		this.refusals = times;
	}

	/** Keeps deliveries waiting before their first word is answered, until the door opens. */
	hold(): void {
		this.door = new Promise((resolve) => (this.open = resolve));
	}

	release(): void {
		this.open();
		this.door = undefined;
	}

	async close(): Promise<void> {
		this.release();
		await new Promise<void>((resolve) => this.server.close(() => resolve()));
	}

	private async greet(next: (error?: Error | null) => void): Promise<void> {
		this.tried += 1;
		await this.door;
		if (this.refusals > 0) {
			this.refusals -= 1;
			next(Object.assign(new Error('not now'), { responseCode: 451 }));
		} else next();
	}
}
