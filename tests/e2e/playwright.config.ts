import { defineConfig } from '@playwright/test';

// Two cores and one display: the parts under test get all of them.
export default defineConfig({
	testDir: '.',
	testMatch: '*.spec.ts',
	workers: 1,
	retries: 0,
	timeout: 120_000,
	expect: { timeout: 15_000 },
	reporter: [['list']],
	outputDir: '../../.work/e2e',
	use: {
		screenshot: 'only-on-failure',
		launchOptions: {
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
		}
	}
});
