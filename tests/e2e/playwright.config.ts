import { defineConfig } from '@playwright/test';
import type { Engine } from './parts/engine';

/** What a project runs of its tests when their servers are on PostgreSQL: scripts/postgres has one. */
const onPostgres = { grep: /@both-engines/, use: { engine: 'postgres' as const } };

// What a shell or a datebook.toml names may be a database that people work with: our servers go by nothing of it.
for (const name of Object.keys(process.env)) {
	if (name.startsWith('DATEBOOK_') && name !== 'DATEBOOK_TEST_POSTGRES') delete process.env[name];
}
process.env.DATEBOOK_CONFIG = '/dev/null';

// Two cores and one display: the parts under test get all of them.
export default defineConfig<object, { engine: Engine }>({
	testDir: '.',
	workers: 1,
	retries: 0,
	timeout: 120_000,
	expect: { timeout: 15_000 },
	reporter: [['list']],
	outputDir: '../../.work/e2e',
	projects: [
		{ name: 'browser', testMatch: 'browser*.spec.ts' },
		{ name: 'browser-postgres', testMatch: 'browser*.spec.ts', ...onPostgres },
		{ name: 'app', testMatch: 'app*.spec.ts' },
		{ name: 'app-postgres', testMatch: 'app*.spec.ts', ...onPostgres },
		// After the others: it wants the package that scripts/package makes of the same build.
		{ name: 'installed', testMatch: 'installed.spec.ts' },
		// Not a test: saves pictures of the main screens to .work/pictures.
		{ name: 'pictures', testMatch: 'pictures.spec.ts' }
	],
	use: {
		screenshot: 'only-on-failure',
		actionTimeout: 15_000,
		locale: 'en-GB',
		launchOptions: {
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
		}
	}
});
