/** The agenda: search, history, booking again, and what a browser shows when the server is away. */
import { Person } from './parts/person';
import { demo, Salon } from './parts/salon';
import { chooseTime, sayShort } from './parts/screens';
import { expect, test } from './parts/test';

test('appointments are found by name and by date', async ({ page, salon, signedIn }) => {
	await signedIn();
	const me = await Person.signIn(salon, demo);
	const upcoming = await me.agenda('upcoming');
	await page.goto('/agenda');
	await page.getByRole('button', { name: 'Search' }).click();
	const tickets = page.getByRole('list', { name: 'Appointments' }).getByRole('link');
	await expect(tickets, 'all of them to begin with').toHaveCount(upcoming.length);
	await page.getByLabel('Name').fill('GLO');
	await expect(tickets, 'names are found whatever their case').toHaveCount(1);
	await expect(tickets.first(), 'and it is that one').toHaveAccessibleName(/^Gloss, /);
	await page.getByLabel('Name').fill('no such thing');
	await expect(page.getByRole('heading', { name: 'Nothing matches' }), 'an empty answer says so').toBeVisible();
	await page.getByRole('button', { name: 'Show all' }).click();
	const { date } = upcoming.find(({ service }) => service === 'Facial')!.start;
	await page.getByLabel('From').fill(date);
	await page.getByLabel('To', { exact: true }).fill(date);
	await expect(tickets, 'both dates count themselves').toHaveCount(upcoming.filter(({ start }) => start.date === date).length);
	await page.getByRole('button', { name: 'Show all' }).click();
	await expect(tickets, 'one press shows all again').toHaveCount(upcoming.length);

	const past = await me.agenda('past');
	const name = past[0]!.service;
	await page.getByRole('tab', { name: 'Past' }).click();
	await expect(tickets, 'the history is there').toHaveCount(past.length);
	await page.getByLabel('Name').fill(name.toUpperCase());
	await expect(tickets, 'and is searched as well').toHaveCount(past.filter(({ service }) => service === name).length);
	for (const ticket of await tickets.all()) {
		await expect(ticket, 'only what was asked for').toHaveAccessibleName(new RegExp(`^${name}, `));
	}
});

test('an appointment that opens beside the list takes the focus to its own title', async ({ page, signedIn }) => {
	await signedIn();
	await page.setViewportSize({ width: 1280, height: 800 });
	await page.goto('/agenda');
	await expect(page.getByRole('list', { name: 'Appointments' }).getByRole('link').first()).toBeVisible();
	await page.keyboard.press('j');
	const service = (await page.locator('a[data-ticket]:focus').innerText()).trim();
	await page.keyboard.press('Enter');
	const title = page.getByRole('heading', { level: 1, name: service, exact: true });
	await expect(title, 'not to the title of the list, which has not changed').toBeFocused();
});

test('a past appointment tells all and is booked again', async ({ page, salon, signedIn }) => {
	await signedIn();
	const me = await Person.signIn(salon, demo);
	let again: { id: string; view: Past } | undefined;
	for (const { booking } of await me.agenda('past')) {
		const view = await me.view<Past>({ view: 'booking', booking });
		if (view.book_again && view.ticket.state === 'completed') {
			again = { id: booking, view };
			break;
		}
	}
	expect(again, 'the demo customer has been here').toBeDefined();
	const { id, view } = again!;
	await page.goto(`/agenda/${id}`);
	await expect(page.getByRole('heading', { name: view.ticket.service, level: 1 }), 'what it was').toBeVisible();
	await expect(page.getByText(view.reference), 'its reference').toBeVisible();
	await expect(page.getByText('Completed').first(), 'where it stands').toBeVisible();
	await expect(page.getByText(/€.*(paid|Not paid yet)/), 'what it cost and what was paid').toBeVisible();
	await expect(page.getByRole('button', { name: 'Move', exact: true }), 'the past does not move').toHaveCount(0);
	await page.getByRole('link', { name: 'Book again' }).click();
	await expect(page.getByText('Copied from your earlier visit. Choose a new time.'), 'only the time is open').toBeVisible();
	const { service, variant, place, staff } = view;
	const [day] = await me.freeDays({ service, variant, place, staff }, 3, 1);
	const { start } = day!.times[0]!;
	await chooseTime(page, start);
	await page.getByRole('link', { name: `Take ${sayShort(start)}` }).click();
	await page.getByRole('button', { name: /^(Book this|Ask for this time)$/ }).click();
	await expect(page.getByRole('heading', { name: /^(You are booked|Asked for)$/ }), 'the same again').toBeVisible();
});

interface Past {
	ticket: { service: string; state: string };
	reference: string;
	service: string;
	variant: string;
	place: string;
	staff: string;
	book_again: boolean;
}

test('without the server a browser keeps showing what it had, says so, and recovers by itself', async ({ page, context }) => {
	const salon = await Salon.open({ customers: 5 });
	try {
		await Person.lend(salon, demo, context);
		await page.goto(`${salon.address}/agenda`);
		await expect(page.getByRole('link', { name: /^Gloss, / }), 'the agenda is there').toBeVisible();
		await salon.die();
		await expect(page.getByText(/Offline, as of \d\d:\d\d\. Changes need a connection\./).first(), 'it says how old this is').toBeVisible();
		await expect(page.getByRole('link', { name: /^Gloss, / }), 'and shows it all the same').toBeVisible();
		await salon.rise();
		await expect(page.getByText(/Offline, as of/), 'nobody has to reload').toHaveCount(0, { timeout: 60_000 });
	} finally {
		await salon.close();
	}
});

test('a start asks for its faces at once, and has the other pages before the network may go', async ({
	page,
	context,
	signedIn
}) => {
	await signedIn();
	await page.goto('/agenda');
	await expect(page.getByRole('list', { name: 'Appointments' }).getByRole('link').first()).toBeVisible();
	const faces = await page.locator('head link[rel="preload"][as="font"]').evaluateAll((links) => links.map((link) => (link as HTMLLinkElement).href));
	expect(faces.length, 'one for titles and one for everything else').toBe(2);
	for (const face of faces) expect((await page.request.get(face)).headers()['content-type'], face).toBe('font/woff2');
	const scripts = () => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).length;
	await expect.poll(() => page.evaluate(scripts), 'what opens the page, the first screen, the rest').toBe(3);
	await context.setOffline(true);
	await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'You' }).click();
	await expect(page.getByRole('heading', { name: 'You', level: 1 }), 'another page opens without a network').toBeVisible();
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog', { name: 'Keyboard' }), 'and so does a dialog').toBeVisible();
});
