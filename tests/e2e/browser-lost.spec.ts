/** A command from a browser whose answer is lost: the page that is loaded next says what became of it. */
import { dryCut, Person } from './parts/person';
import { review } from './parts/screens';
import { expect, test } from './parts/test';

test('a booking whose answer was lost is told of by the page that is loaded next, and is there once', async ({
	page, salon, signedIn
}) => {
	const email = 'unheard@example.org';
	await signedIn(email);
	const me = await Person.signIn(salon, email);
	const [one, another] = await me.freeDays(dryCut);
	const [first, second] = [one!.times[0]!.start, another!.times[0]!.start];
	const booked = async () => (await me.agenda('upcoming')).map(({ start }) => start.at);
	const book = page.getByRole('button', { name: 'Book this' });

	// The server takes it, and the line is cut before its answer is through.
	await page.route(
		'**/api/v1/execute',
		async (route) => {
			await route.fetch({ headers: { ...route.request().headers(), origin: salon.address } });
			await route.abort('connectionreset');
		},
		{ times: 1 }
	);
	await page.goto(review(dryCut, first));
	await book.click();
	await expect(page.getByRole('alert').filter({ hasText: 'It may be booked all the same' }), 'nobody here knows').toBeVisible();
	expect(await booked(), 'it is').toEqual([first.at]);

	await page.goto(review(dryCut, second));
	await book.click();
	const told = page.getByRole('alert').filter({ hasText: 'Your earlier try came through' });
	await expect(told, 'its end is heard before anything else is sent').toBeVisible();
	await expect(told.getByRole('link', { name: 'Open this appointment' }), 'and leads there').toBeVisible();
	expect(await booked(), 'nothing else was done').toEqual([first.at]);

	await book.click();
	await expect(page.getByRole('heading', { name: 'You are booked' }), 'whoever wants both has both').toBeVisible();
	expect(await booked(), 'each of them once').toEqual([first.at, second.at]);
});
