/** A network line to the server that a test can cut and mend. */
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export class Line {
	private readonly sockets = new Set<Socket>();
	private up = true;

	private constructor(
		private readonly server: ReturnType<typeof createServer>,
		private target: number
	) {}

	static async to(port: number): Promise<Line> {
		const server = createServer();
		const line = new Line(server, port);
		server.on('connection', (near) => line.join(near));
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return line;
	}

	get address(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	/** Ends every connection and refuses new ones. */
	cut(): void {
		this.up = false;
		for (const socket of this.sockets) socket.destroy();
	}

	/** Lets connections through again, to the same server or to one that took its place. */
	mend(port = this.target): void {
		this.target = port;
		this.up = true;
	}

	async close(): Promise<void> {
		this.cut();
		await new Promise((resolve) => this.server.close(resolve));
	}

	private join(near: Socket): void {
		if (!this.up) {
			near.destroy();
			return;
		}
		const far = connect(this.target, '127.0.0.1');
		for (const [from, to] of [
			[near, far],
			[far, near]
		] as const) {
			this.sockets.add(from);
			from.on('error', () => to.destroy());
			from.on('close', () => {
				this.sockets.delete(from);
				to.destroy();
			});
			from.pipe(to);
		}
	}
}
