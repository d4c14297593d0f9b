/** The page of a link into the app, for whoever has no app: with scripts and without. */
import { expect, test } from './parts/test';

const id = '01936f3e-8a57-7cc2-b3a4-0f3b1c2d4e5f';

test('what stands behind # goes to the app, and to nobody else', async ({ page, salon }) => {
	const asked: string[] = [];
	page.on('request', (request) => asked.push(request.url()));
	await page.goto('/open/gift-card#code=RYE-2026');
	const app = page.getByRole('link', { name: 'Open in Datebook' });
	const server = encodeURIComponent(salon.address);
	await expect(app, 'the script may run, and puts the code where it belongs').toHaveAttribute(
		'href',
		`datebook://gift-card?server=${server}&code=RYE-2026`
	);
	expect(asked.filter((url) => url.includes('RYE')), 'no server hears of the code').toEqual([]);

	await page.goto('about:blank');
	await page.goto('/open/gift-card#code="><script>alert(1)</script>');
	await expect(app, 'what is no code stays where it is').toHaveAttribute('href', `datebook://connect?server=${server}`);
});

test('the code at a door names the door in the browser too', async ({ page, salon }) => {
	await page.goto('/open/check-in#token=at_mitte');
	await expect(page.getByRole('link', { name: 'Go on in the browser' })).toHaveAttribute('href', '/check-in#token=at_mitte');
	await expect(page.getByRole('link', { name: 'Open in Datebook' })).toHaveAttribute(
		'href',
		`datebook://check-in?server=${encodeURIComponent(salon.address)}&token=at_mitte`
	);
});

test('the page leads on without a script', async ({ browser, salon }) => {
	const context = await browser.newContext({ baseURL: salon.address, javaScriptEnabled: false });
	const page = await context.newPage();
	const server = encodeURIComponent(salon.address);
	await page.goto(`/open/booking/${id}`);
	await expect(page.getByRole('link', { name: 'Open in Datebook' }), 'to the app').toHaveAttribute(
		'href',
		`datebook://booking?server=${server}&booking=${id}`
	);
	await expect(page.getByRole('link', { name: 'Go on in the browser' }), 'and here').toHaveAttribute('href', `/agenda/${id}`);
	await page.goto('/open/gift-card#code=RYE-2026');
	await expect(page.getByRole('link', { name: 'Open in Datebook' }), 'to the business at least').toHaveAttribute(
		'href',
		`datebook://connect?server=${server}`
	);
	// Words for browsers without scripts are passed over by whoever looks for texts.
	await expect(page.locator('noscript p'), 'and why').toBeVisible();
	await context.close();
});
