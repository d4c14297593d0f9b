/** The customer's calendar elsewhere: the feed (Y12), and one appointment as a file (E17). */
import { dryCut, Person } from './parts/person';
import { calendarLine } from './parts/screens';
import { expect, test } from './parts/test';

const asCalendar = { headers: { accept: 'text/calendar' } };

test('the feed is turned on, copied, renewed and turned off', async ({ page, salon, signedIn, context }) => {
	const email = 'feed@example.org';
	const person = await Person.signIn(salon, email);
	const [day] = await person.freeDays(dryCut);
	const booking = await person.book(dryCut, day!.times[0]!.start.at);
	await signedIn(email);
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.goto('/you');
	const feed = page.getByRole('region', { name: 'Calendar feed' });
	await expect(feed.getByText(/Anybody who has the link can read/), 'what it means is said before').toBeVisible();
	await feed.getByRole('button', { name: 'Turn on' }).click();

	const link = feed.getByLabel('Your secret link');
	await expect(link, 'the link is there').toHaveValue(/\/feed\/[\w-]{43}\.ics$/);
	const first = await link.inputValue();
	await feed.getByRole('button', { name: 'Copy link' }).click();
	await expect(page.getByText(/^Copied\./), 'it says so').toBeVisible();
	expect(await page.evaluate(() => navigator.clipboard.readText()), 'and can be pasted').toBe(first);
	const subscribe = feed.getByRole('link', { name: 'Open in my calendar' });
	await expect(subscribe, 'programs for calendars take it').toHaveAttribute('href', first.replace('http:', 'webcal:'));

	// As a calendar does: without a session.
	const read = await fetch(first, asCalendar);
	expect(read.headers.get('content-type'), 'it is a calendar').toBe('text/calendar; charset=utf-8');
	expect(calendarLine(await read.text(), 'UID'), 'with the appointment').toBe(`${booking}@datebook`);
	const again = await fetch(first, { headers: { 'if-none-match': read.headers.get('etag')! } });
	expect(again.status, 'that has not changed').toBe(304);

	await page.reload();
	await expect(link, 'the link is there again, here and on other devices').toHaveValue(first);
	await feed.getByRole('button', { name: 'Get another link' }).click();
	await expect(link, 'another one').not.toHaveValue(first);
	expect((await fetch(first)).status, 'the former one opens nothing').toBe(404);
	const second = await link.inputValue();
	expect((await fetch(second)).status, 'the new one does').toBe(200);

	await feed.getByRole('button', { name: 'Turn off' }).click();
	await expect(feed.getByRole('button', { name: 'Turn on' }), 'it is off').toBeVisible();
	expect((await fetch(second)).status, 'its link opens nothing').toBe(404);
	await page.getByRole('button', { name: 'Undo' }).last().click();
	await expect(link, 'a slip can be taken back, with the same link').toHaveValue(second);
	expect((await fetch(second)).status, 'which opens again').toBe(200);
});

test('one appointment is a file for any calendar', async ({ page, salon, signedIn }) => {
	const email = 'file@example.org';
	const person = await Person.signIn(salon, email);
	const [day] = await person.freeDays(dryCut);
	const booking = await person.book(dryCut, day!.times[1]!.start.at);
	await signedIn(email);
	await page.goto(`/agenda/${booking}`);
	const download = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Add to calendar' }).click();
	const file = await download;
	expect(file.suggestedFilename(), 'it has a name').toMatch(/^appointment-[0-9A-Z]{4}-[0-9A-Z]{4}\.ics$/);
	const chunks: Buffer[] = [];
	for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
	expect(calendarLine(Buffer.concat(chunks).toString(), 'UID'), 'the event of mail and feed').toBe(`${booking}@datebook`);
	await expect(page, 'the screen stays').toHaveURL(new RegExp(`/agenda/${booking}$`));
});

test('what one does elsewhere with an appointment stands in one row where there is room', async ({ page, salon, signedIn }) => {
	const email = 'row@example.org';
	const person = await Person.signIn(salon, email);
	const [day] = await person.freeDays(dryCut);
	const booking = await person.book(dryCut, day!.times[2]!.start.at);
	await signedIn(email);
	// This browser has no sheet to share with; the app's and phones' have.
	await page.addInitScript(() => Object.assign(navigator, { share: async () => undefined }));
	await page.goto(`/agenda/${booking}`);
	const boxes = async () => {
		const add = await page.getByRole('link', { name: 'Add to calendar' }).boundingBox();
		const tell = await page.getByRole('button', { name: 'Tell somebody' }).boundingBox();
		return [add!, tell!] as const;
	};
	await expect(page.getByRole('button', { name: 'Tell somebody' }), 'there is a sheet').toBeVisible();
	const [add, tell] = await boxes();
	expect(tell.y, 'beside each other').toBe(add.y);
	expect(tell.x, 'and apart').toBeGreaterThan(add.x + add.width);
	await page.setViewportSize({ width: 360, height: 640 });
	const [first, second] = await boxes();
	expect(second.y, 'below each other on a phone').toBeGreaterThanOrEqual(first.y + first.height);
	expect(first.width, 'and as wide as the page').toBe(second.width);
});
