/** A program that a test started, and that ends with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Program {
	readonly output: string[] = [];
	private readonly waiters = new Set<() => void>();
	private ended = false;

	private constructor(
		readonly child: ChildProcess,
		private readonly leads: boolean
	) {
		for (const stream of [child.stdout, child.stderr]) {
			if (stream)
				createInterface({ input: stream }).on('line', (line) => {
					this.output.push(line);
					this.wake();
				});
		}
		child.on('exit', () => {
			this.ended = true;
			this.wake();
		});
	}

	/** Starts a program. One that `leads` takes along whatever it started when it is killed. */
	static start(command: string, args: string[], env: NodeJS.ProcessEnv = {}, leads = false): Program {
		const child = spawn(command, args, {
			env: { ...process.env, ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
			detached: leads
		});
		return new Program(child, leads);
	}

	/** The first line, past or to come, that matches. Fails when the program ends without saying it. */
	async says(pattern: RegExp): Promise<RegExpMatchArray> {
		for (;;) {
			for (const line of this.output) {
				const match = line.match(pattern);
				if (match) return match;
			}
			if (this.ended) throw new Error(`ended without saying ${pattern}:\n${this.output.join('\n')}`);
			await new Promise<void>((resolve) => this.waiters.add(resolve));
		}
	}

	async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
		const exit = new Promise<void>((resolve) => (this.ended ? resolve() : this.child.once('exit', () => resolve())));
		if (this.leads) endGroup(this.child.pid!, signal);
		else if (!this.ended) this.child.kill(signal);
		await exit;
	}

	private wake(): void {
		for (const waiter of this.waiters) waiter();
		this.waiters.clear();
	}
}

function endGroup(leader: number, signal: NodeJS.Signals): void {
	try {
		process.kill(-leader, signal);
	} catch (error) {
		// Nobody of the group is left: that is what was wanted.
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

/** Runs a program to its end; its output, or an error with it. */
export async function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { env: { ...process.env, ...env } });
		let output = '';
		child.stdout.on('data', (part) => (output += part));
		child.stderr.on('data', (part) => (output += part));
		child.on('error', reject);
		child.on('exit', (code) =>
			code === 0 ? resolve(output) : reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`))
		);
	});
}
