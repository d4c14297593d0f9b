/** Every screen, light and dark, on a phone and on a desktop: WCAG 2.2 A and AA as far as a program can tell. */
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext } from '@playwright/test';
import { smallTargets, tooWide } from './parts/fit';
import { Person } from './parts/person';
import { demo } from './parts/salon';
import { expect, test } from './parts/test';
import { type Scene, scene, visits } from './parts/visit';

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** The rules of these standards that look at colours: the dark screen differs from the light one in nothing else. */
const colours = ['color-contrast', 'link-in-text-block'];

for (const { name, as, to } of visits) {
	test(`${name} can be used by everybody`, async ({ salon, browser }) => {
		const shown: Scene = await scene(salon);
		const faults: string[] = [];
		const contexts: BrowserContext[] = [];
		for (const width of [360, 1280]) {
			const context = await browser.newContext({
				baseURL: salon.address,
				viewport: { width, height: 800 },
				reducedMotion: 'reduce',
				hasTouch: width === 360
			});
			contexts.push(context);
			if (as !== 'nobody') await Person.lend(salon, as === 'demo' ? demo : `${name}-${width}@example.org`, context);
			const page = await context.newPage();
			await to(page, shown);
			for (const colorScheme of ['light', 'dark'] as const) {
				await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
				// The mailbox frames every mail of the run; mails are other people's pages.
				// The legacy mode needs no second page for its answer, but asks every frame, and the mailbox has hundreds.
				const axe = new AxeBuilder({ page }).setLegacyMode(name !== 'mailbox').exclude('iframe');
				const { violations } = await (colorScheme === 'light' ? axe.withTags(standards) : axe.withRules(colours)).analyze();
				for (const { id, help, nodes } of violations) {
					const where = nodes.slice(0, 3).map((node) => `${node.target.join(' ')} – ${node.any[0]?.message ?? node.html}`);
					faults.push(`${width} px, ${colorScheme}: ${id} (${help})\n      ${where.join('\n      ')}`);
				}
			}
			if (width === 360 && name !== 'mailbox') {
				for (const target of await smallTargets(page)) faults.push(`too small for a thumb: ${target}`);
				await page.setViewportSize({ width: 320, height: 640 });
				for (const fault of await tooWide(page)) faults.push(`scrolls sideways at 320 px: ${fault}`);
			}
		}
		await Promise.all(contexts.map((context) => context.close()));
		expect(faults.join('\n'), 'nothing stands in anybody’s way').toBe('');
	});
}

test('long names break into lines and push nothing aside', async ({ salon, browser }) => {
	const email = 'wolfeschlegelsteinhausenbergerdorff@example.org';
	const context = await browser.newContext({ baseURL: salon.address, viewport: { width: 320, height: 640 } });
	await Person.lend(salon, email, context);
	const long = await Person.signIn(salon, email);
	const name = 'Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafewaren';
	await long.execute({ type: 'update_profile@1', name, phone: '' });
	const wish = { service: 'pregnancy-massage', variant: 'standard', place: 'mitte', staff: 'femi' };
	const [day] = await long.freeDays(wish, 3, 1);
	const words = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(5);
	const booking = await long.book({ ...wish, note: words } as typeof wish, day!.times[0]!.start.at);
	const page = await context.newPage();
	for (const path of ['/you', '/agenda', `/agenda/${booking}`]) {
		await page.goto(path);
		await expect(page.getByText(path === '/you' ? email : /Pregnancy massage/).filter({ visible: true }).first(), 'the screen is there').toBeVisible();
		expect(await tooWide(page), `${path} does not scroll sideways`).toEqual([]);
	}
	await context.close();
});
