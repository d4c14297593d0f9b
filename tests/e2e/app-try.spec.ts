import { test } from '@playwright/test';
import { App } from './parts/app';
import { Salon } from './parts/salon';
import { Line } from './parts/line';
import { signIn } from './parts/book-in-app';
for (const [how, wait] of [['direct', true], ['direct', false], ['line', true]] as const) test(`${how} ${wait}`, async () => {
	test.setTimeout(25_000);
	const salon = await Salon.open();
	const line = await Line.to(salon.port);
	const folder = await App.folder();
	const app = await App.start(folder, `datebook://connect?server=${encodeURIComponent(how === 'line' ? line.address : salon.address)}`);
	if (wait) await app.shows('Open this business?');
	try { await signIn(app, salon); } finally { await app.die(); await salon.close(); }
});
