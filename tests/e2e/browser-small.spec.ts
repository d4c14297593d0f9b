/** A small phone, 360 × 640, and one finger: every screen fits (X01), and everything can be done by tapping (X02). */
import type { Locator, Page } from '@playwright/test';
import { smallTargets, tooWide } from './parts/fit';
import { dryCut, Person, startAndLater } from './parts/person';
import { demo } from './parts/salon';
import { sayShort } from './parts/screens';
import { expect, test } from './parts/test';
import { scene, visits } from './parts/visit';

test.use({ viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 });

/** What does not fit: nothing scrolls sideways, nothing to press is smaller than a thumb. */
async function misfits(page: Page): Promise<string[]> {
	return [
		...(await tooWide(page)).map((fault) => `scrolls sideways: ${fault}`),
		...(await smallTargets(page)).map((fault) => `too small for a thumb: ${fault}`)
	];
}

/** Turns the calendar to the day's month and taps it, and then one of its times. */
async function tapTime(within: Page | Locator, { date, time }: { date: string; time: string }): Promise<void> {
	const day = within.locator(`button[data-date="${date}"]`);
	await expect(within.locator('button[data-date]').first(), 'the calendar shows days').toBeVisible();
	const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
	if ((await day.count()) === 0) {
		await within.getByRole('button', { name: `Show ${month.format(new Date(`${date}T00:00:00Z`))}`, exact: true }).tap();
	}
	await day.tap();
	// What is inside is looked for from the label on, wherever the label is.
	const page = 'page' in within ? within.page() : within;
	await within.locator('label', { has: page.getByRole('radio', { name: time, exact: true }) }).tap();
}

test('one finger signs in, books, moves and cancels', async ({ page, salon }) => {
	const other = await Person.signIn(salon, 'looks-only@example.org');
	const [start, later] = startAndLater(await other.freeDays(dryCut), 4);
	const faults: string[] = [];
	const look = async (where: string) => faults.push(...(await misfits(page)).map((fault) => `${where}: ${fault}`));

	await page.goto('/');
	const mail = await salon.mail(demo, /^Sign in to Linden & Rye$/, () =>
		page.getByRole('button', { name: 'Use the demo customer' }).tap()
	);
	await page.getByLabel('Six digits').tap();
	await page.keyboard.type(mail.text.match(/\b\d{3} \d{3}\b/)![0]);
	await expect(page.getByRole('heading', { name: 'Agenda', level: 1 }), 'signed in').toBeVisible();
	await look('agenda');
	await page.getByRole('tab', { name: 'Past' }).tap();
	await expect(page.getByRole('tab', { name: 'Past' }), 'a tab is tapped').toHaveAttribute('aria-selected', 'true');

	await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Book' }).tap();
	await page.getByRole('link', { name: /^Dry cut/ }).tap();
	await page.getByRole('link', { name: /^Berlin Mitte/ }).tap();
	await page.getByRole('link', { name: /^Anyone who is free/ }).tap();
	await tapTime(page, start);
	await look('times');
	await page.getByRole('link', { name: `Take ${sayShort(start)}` }).tap();
	await expect(page.getByRole('heading', { name: 'Is everything right?' }), 'shown before it is made').toBeVisible();
	await look('review');
	await page.getByRole('button', { name: 'Book this' }).tap();
	await expect(page.getByRole('heading', { name: 'You are booked' }), 'booked').toBeVisible();
	await look('booked');

	await page.getByRole('link', { name: 'Open this appointment' }).tap();
	await page.getByRole('button', { name: 'Move', exact: true }).tap();
	const sheet = page.getByRole('dialog');
	await tapTime(sheet, later);
	await look('move');
	await sheet.getByRole('button', { name: 'Look at the change' }).tap();
	await sheet.getByRole('button', { name: `Move to ${sayShort(later)}` }).tap();
	await expect(page.getByRole('dialog', { name: 'Moved' }), 'moved').toBeVisible();
	await sheet.getByRole('button', { name: 'Done' }).tap();

	await page.getByRole('button', { name: 'Cancel appointment' }).tap();
	await look('cancel');
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel the appointment' }).tap();
	await expect(page.getByText('You cancelled it'), 'cancelled').toBeVisible();

	// The phone's own way back: each step is a page of the history, and the open sheets are not left behind.
	await page.goBack();
	await expect(page.getByRole('dialog'), 'back closes, and opens nothing').toHaveCount(0);
	expect(faults, 'every screen on the way fits').toEqual([]);
});

test('every screen fits a small phone', async ({ salon, browser }) => {
	test.setTimeout(300_000);
	const shown = await scene(salon);
	const faults: string[] = [];
	for (const { name, as, to } of visits) {
		// Frames of other people's mails, and what only a keyboard opens.
		if (name === 'mailbox' || name === 'keys') continue;
		const context = await browser.newContext({
			baseURL: salon.address,
			viewport: { width: 360, height: 640 },
			isMobile: true,
			hasTouch: true,
			reducedMotion: 'reduce'
		});
		if (as !== 'nobody') await Person.lend(salon, as === 'demo' ? demo : `small-${name}@example.org`, context);
		const page = await context.newPage();
		await to(page, shown);
		faults.push(...(await misfits(page)).map((fault) => `${name}: ${fault}`));
		await context.close();
	}
	expect(faults.join('\n'), 'nothing scrolls sideways, nothing is too small to tap').toBe('');
});

test('a sheet stands on the keyboard', async ({ page, signedIn }) => {
	await signedIn();
	await page.goto('/agenda');
	await page.getByRole('link', { name: /^Facial, / }).first().tap();
	await page.getByRole('button', { name: 'Cancel appointment' }).tap();
	const sheet = page.getByRole('dialog');
	await expect(sheet, 'the sheet is open').toBeVisible();
	// Chromium here has no keyboard to show; iOS lays its own over the page, and says so by the visual viewport.
	await page.evaluate(() => document.documentElement.style.setProperty('--keyboard', '300px'));
	await expect
		.poll(async () => (await sheet.boundingBox())!.y + (await sheet.boundingBox())!.height, { message: 'its foot is above the keyboard' })
		.toBeLessThanOrEqual(341);
	expect((await sheet.boundingBox())!.y, 'and its head is still on the screen').toBeGreaterThanOrEqual(0);
});
