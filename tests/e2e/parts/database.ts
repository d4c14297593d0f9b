/** An empty database of PostgreSQL, on the server that `scripts/postgres` runs beside the tests. */
import { newId } from './id';
import { run } from './process';

export class Database {
	private constructor(
		private readonly server: string,
		private readonly name: string
	) {}

	static async make(): Promise<Database> {
		const server = process.env.DATEBOOK_TEST_POSTGRES;
		if (!server) throw new Error('DATEBOOK_TEST_POSTGRES names no server: run the tests as `scripts/postgres COMMAND…`');
		const database = new Database(server, `e2e_${newId().replaceAll('-', '')}`);
		await database.do('CREATE DATABASE');
		return database;
	}

	get url(): string {
		return new URL(`/${this.name}`, this.server).href;
	}

	/** Takes it away, also when somebody is still there. */
	async drop(): Promise<void> {
		await this.do('DROP DATABASE', 'WITH (FORCE)');
	}

	private async do(what: string, how = ''): Promise<void> {
		await run('psql', ['--no-psqlrc', '--quiet', '--command', `${what} ${this.name} ${how}`, this.server]);
	}
}
