/** Passes for the wallets of phones, from the booking and from the wallet page. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Person } from './parts/person';
import { demo, Salon } from './parts/salon';
import { expect, test } from './parts/test';

const run = promisify(execFile);

/** Keys in the place of Apple's and Google's. */
async function keys(): Promise<{ folder: string; settings: string[] }> {
	const folder = await mkdtemp(join(tmpdir(), 'datebook-keys-'));
	const openssl = (...words: string[]) => run('openssl', words, { cwd: folder });
	await writeFile(join(folder, 'extensions'), 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n');
	const subject = '/UID=pass.example.salon/CN=Pass Type ID: pass.example.salon/OU=TEAM123456/O=Salon/C=DE';
	const authority = '-x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -addext basicConstraints=critical,CA:TRUE';
	await openssl('req', ...authority.split(' '), '-subj', '/CN=Test WWDR CA');
	await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'pass.key', '-out', 'pass.csr', '-subj', subject);
	await openssl('x509', ...'-req -in pass.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile extensions -out pass.pem'.split(' '));
	const account = {
		client_email: 'passes@salon.iam.gserviceaccount.com',
		private_key: await readFile(join(folder, 'pass.key'), 'utf8'),
		// Nobody answers there: what the server wants to tell Google waits.
		token_uri: 'http://127.0.0.1:9/token'
	};
	await writeFile(join(folder, 'account.json'), JSON.stringify(account));
	const file = (name: string) => join(folder, name);
	return {
		folder,
		settings: [
			'--apple-pass-cert', file('pass.pem'), '--apple-pass-key', file('pass.key'), '--apple-wwdr', file('ca.pem'),
			'--apple-push', 'http://127.0.0.1:9', '--google-wallet-issuer', '3388000000012345678',
			'--google-wallet-key', file('account.json'), '--google-wallet-api', 'http://127.0.0.1:9'
		]
	};
}

test('a pass is added from the booking and from the wallet; without the server it says why not', async ({ browser }) => {
	const { folder, settings } = await keys();
	const salon = await Salon.open({ also: settings });
	const context = await browser.newContext({ baseURL: salon.address, acceptDownloads: true });
	await Person.lend(salon, demo, context);
	const page = await context.newPage();
	try {
		const [first] = await (await Person.signIn(salon, demo)).agenda('upcoming');
		await page.goto(`/agenda/${first!.booking}`);
		const apple = page.getByRole('button', { name: 'Add to Apple Wallet' });
		const google = page.getByRole('button', { name: 'Add to Google Wallet' });
		const pass = page.waitForEvent('download');
		await apple.click();
		const file = await readFile(await (await pass).path());
		expect(file.subarray(0, 2).toString(), 'a pass is an archive').toBe('PK');
		expect(file.includes('pass.example.salon'), 'of this pass type').toBe(true);

		await page.goto('/wallet');
		const card = page.waitForEvent('download');
		await apple.click();
		expect((await readFile(await (await card).path())).includes('storeCard'), 'the customer’s own pass').toBe(true);

		// Google's page is not reached from a test; that it is asked for is what the button does.
		let saved = '';
		await page.route('https://pay.google.com/**', async (route) => {
			saved = route.request().url();
			await route.fulfill({ contentType: 'text/html', body: '<title>Google</title>' });
		});
		await google.click();
		await expect(page, 'Google’s page comes').toHaveTitle('Google');
		expect(saved, 'with a signed pass').toMatch(/^https:\/\/pay\.google\.com\/gp\/v\/save\/[\w-]+\.[\w-]+\.[\w-]+$/);

		await page.goto(`/agenda/${first!.booking}`);
		await expect(apple, 'there it is').toBeEnabled();
		await salon.die();
		await expect(apple, 'without the server there is no new pass').toBeDisabled();
		await expect(apple, 'and the button says why').toHaveAccessibleDescription(/cannot be reached now/);
	} finally {
		await context.close();
		await salon.close();
		await rm(folder, { recursive: true, force: true });
	}
});

test('where there are no passes there is no button', async ({ page, salon, signedIn }) => {
	await signedIn();
	const [first] = await (await Person.signIn(salon, demo)).agenda('upcoming');
	await page.goto(`/agenda/${first!.booking}`);
	await expect(page.getByRole('heading', { name: 'What happened' }), 'the booking is there').toBeVisible();
	await expect(page.getByRole('button', { name: /Wallet/ }), 'and promises nothing').toHaveCount(0);
	await page.goto('/wallet');
	await expect(page.getByText(/gives no passes for phone wallets/), 'the wallet says so').toBeVisible();
});
