/** Signing in: the link's page, its button, a used link, another browser, a password. */
import { dryCut, Person } from './parts/person';
import { review } from './parts/screens';
import type { Salon } from './parts/salon';
import { expect, test } from './parts/test';
import type { Page } from '@playwright/test';

/** Asks for a mail by the screen; answers with the address of its link. */
async function askForLink(page: Page, salon: Salon, email: string): Promise<string> {
	await page.goto('/sign-in');
	await page.getByLabel('Email address').fill(email);
	const mail = await salon.mail(email, /^Sign in/, () => page.getByRole('button', { name: 'Send me a mail' }).click());
	const link = mail.text.match(/https?:\S+\/sign-in\/link#token=\S+/);
	expect(link, 'the mail has a link').not.toBeNull();
	return link![0];
}

test('opening a link shows a button and does nothing; the button signs in; a used link says so kindly', async ({
	page, salon, context
}) => {
	const link = await askForLink(page, salon, 'ada@example.org');
	const reading = await context.newPage();
	const sent: string[] = [];
	reading.on('request', (request) => {
		if (request.method() !== 'GET' && !request.url().endsWith('/api/v1/view')) sent.push(request.url());
	});
	await reading.goto(link);
	await expect(reading.getByRole('button', { name: 'Sign in' }), 'the page asks first').toBeVisible();
	expect(sent, 'opening the page sends nothing').toEqual([]);
	// As a mail scanner does: again and again, without a browser.
	for (let times = 0; times < 3; times++) expect((await fetch(link)).status, 'the page is only a page').toBe(200);

	await reading.getByRole('button', { name: 'Sign in' }).click();
	await expect(reading.getByRole('heading', { name: 'Agenda', level: 1 }), 'the button signs in').toBeVisible();

	const again = await context.newPage();
	await again.goto(link);
	await again.getByRole('button', { name: 'Sign in' }).click();
	await expect(again.getByRole('heading', { name: 'This link no longer works' }), 'a link works once').toBeVisible();
	await expect(again.getByText('It was used already, or is too old.'), 'and says what to do').toBeVisible();
	await again.getByRole('link', { name: 'Sign in here instead' }).click();
	// This browser is signed in by now, so the way on leads past the form.
	await expect(again.getByRole('heading', { name: 'Agenda', level: 1 }), 'there is a way on').toBeVisible();
});

test('a link opens nothing in a browser that did not ask for it', async ({ page, salon, browser }) => {
	const link = await askForLink(page, salon, 'bea@example.org');
	const stranger = await browser.newContext();
	const reading = await stranger.newPage();
	await reading.goto(link);
	await reading.getByRole('button', { name: 'Sign in' }).click();
	await expect(reading.getByRole('heading', { name: 'One step left' }), 'it leads back to who asked').toBeVisible();
	expect((await stranger.cookies()).length, 'no session was given').toBe(0);
	await stranger.close();
});

test('wrong digits are refused kindly, and the right ones still work', async ({ page, salon }) => {
	await page.goto('/sign-in');
	await page.getByRole('button', { name: 'Send me a mail' }).click();
	await expect(page.getByText('Write an email address, like anna@example.org.'), 'nothing is sent to nobody').toBeVisible();
	await page.getByLabel('Email address').fill('cleo@example.org');
	const mail = await salon.mail('cleo@example.org', /^Sign in/, () =>
		page.getByRole('button', { name: 'Send me a mail' }).click()
	);
	const digits = mail.text.match(/\b\d{3} \d{3}\b/)![0];
	await page.getByLabel('Six digits').fill(digits === '111 111' ? '222222' : '111111');
	await expect(page.getByRole('alert'), 'it says so and what to do').toHaveText(
		'These digits do not open anything. Check them, or send a new mail.'
	);
	await page.getByLabel('Six digits').fill(digits);
	await expect(page.getByRole('heading', { name: 'Agenda', level: 1 }), 'a slip costs nothing').toBeVisible();
});

test('a password is set and signs in', async ({ page, signedIn }) => {
	await signedIn('dora@example.org');
	await page.goto('/you');
	await page.getByRole('button', { name: 'Set password' }).click();
	await page.getByLabel('New password').fill('short');
	await page.getByRole('button', { name: 'Set password' }).click();
	await expect(page.getByLabel('New password'), 'a short one is not taken').toHaveAttribute('aria-invalid', 'true');
	await page.getByLabel('New password').fill('linden tree, rye field');
	await page.getByRole('button', { name: 'Set password' }).click();
	await expect(page.getByText('The password is set.'), 'it says when it is done').toBeVisible();
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.goto('/sign-in');
	await page.getByRole('button', { name: 'Use a password' }).click();
	await page.getByLabel('Email address').fill('dora@example.org');
	await page.getByLabel('Password', { exact: true }).fill('not this one');
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await expect(page.getByRole('alert'), 'a wrong one opens nothing').toContainText('That does not open anything');
	await page.getByLabel('Password', { exact: true }).fill('linden tree, rye field');
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await expect(page.getByRole('heading', { name: 'Agenda', level: 1 }), 'the right one does').toBeVisible();
});

test('who signs in in the middle of a booking finds it as it was', async ({ page, salon }) => {
	const other = await Person.signIn(salon, 'looks-only@example.org');
	const [day] = await other.freeDays(dryCut);
	await page.goto(review(dryCut, day!.times[4]!.start));
	await expect(page.getByText('What you have chosen stays.'), 'that is the promise').toBeVisible();
	await page.getByRole('link', { name: 'Sign in to book' }).click();
	await page.getByLabel('Email address').fill('eva@example.org');
	const mail = await salon.mail('eva@example.org', /^Sign in/, () =>
		page.getByRole('button', { name: 'Send me a mail' }).click()
	);
	await page.getByLabel('Six digits').fill(mail.text.match(/\b\d{3} \d{3}\b/)![0]);
	await page.getByRole('button', { name: 'Book this' }).click();
	await expect(page.getByRole('heading', { name: 'You are booked' }), 'it was kept').toBeVisible();
});
