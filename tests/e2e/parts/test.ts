/** What every browser test starts with: one salon for all of them, and a page whose errors fail the test. */
import { type Engine, test as base } from './engine';
import { Person } from './person';
import { demo, Salon } from './salon';

interface Shared {
	salon: Salon;
}

interface Own {
	/** Signs the test's browser in as the demo customer, or as somebody who becomes a customer by it. */
	signedIn: (email?: string) => Promise<void>;
	quiet: undefined;
}

export const test = base.extend<Own, Shared>({
	salon: [
		async ({ engine }, use) => {
			const salon = await Salon.open({ engine });
			await use(salon);
			await salon.close();
		},
		{ scope: 'worker' }
	],
	baseURL: async ({ salon }, use) => use(salon.address),
	signedIn: async ({ salon, context }, use) => use((email = demo) => Person.lend(salon, email, context)),
	quiet: [
		async ({ page }, use) => {
			const errors: string[] = [];
			page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
			await use(undefined);
			base.expect(errors, 'no script of the page fails').toEqual([]);
		},
		{ auto: true }
	]
});

export { expect } from '@playwright/test';
