/** Saves pictures of the main screens to .work/pictures: `playwright test --project=pictures`. */
import { mkdir } from 'node:fs/promises';
import { root } from './parts/places';
import { demo } from './parts/salon';
import { Person } from './parts/person';
import { test } from './parts/test';
import { scene, visits } from './parts/visit';

const folder = `${root}.work/pictures`;

for (const [form, viewport] of Object.entries({ phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } })) {
	for (const colorScheme of ['light', 'dark'] as const) {
		test(`${form}, ${colorScheme}`, async ({ salon, browser }) => {
			test.setTimeout(600_000);
			await mkdir(folder, { recursive: true });
			const shown = await scene(salon);
			for (const { name, as, to } of visits) {
				const context = await browser.newContext({ baseURL: salon.address, viewport, colorScheme, reducedMotion: 'reduce' });
				if (as !== 'nobody') await Person.lend(salon, as === 'demo' ? demo : `${form}-${colorScheme}-${name}@example.org`, context);
				const page = await context.newPage();
				await to(page, shown);
				await page.screenshot({ path: `${folder}/${form}-${colorScheme}-${name}.png` });
				await context.close();
			}
		});
	}
}
