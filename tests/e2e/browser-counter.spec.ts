/**
 * The counter's page: opened by the operator's link, alone without a network, settled later. The customer's phone is a
 * key made here; everything else is real.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from './parts/id';
import { Person } from './parts/person';
import { serverProgram } from './parts/places';
import { run } from './parts/process';
import { Salon } from './parts/salon';
import { expect, test as base } from './parts/test';

/** It is about ten in the morning where the business is, whenever the test runs: no visit lies in another day. */
const ahead = ((10 - new Date().getUTCHours() + 36) % 24) - 12;
/** The names of these zones count westwards. */
const zone = `Etc/GMT${ahead < 0 ? '+' : '-'}${Math.abs(ahead)}`;

/** Open all day there, and so is check-in. */
const business = `
[business]
name = "Night & Day"
colour = "#2f6b4f"
contact = { email = "hello@night.example", phone = "+49 30 1" }
currency = "EUR"
terms = { notice = 0, horizon = 30, reschedule_until = 0, cancel_until = 0, every = 5, check_in_from = 1440, check_in_until = 1440 }

[[categories]]
id = "hair"
name = "Hair"

[[places]]
id = "mitte"
name = "Mitte"
address = ["Torstraße 1"]
zone = "${zone}"

[[places]]
id = "island"
name = "Island"
address = ["Shore 2"]
zone = "${zone}"

[[staff]]
id = "anna"
name = "Anna"
skills = ["cut"]
shifts = [{ place = "mitte", days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], hours = ["06:00-20:00"] }]

[[services]]
id = "cut"
category = "hair"
name = "Cut"
variants = [{ id = "short", minutes = 5, price = { minor = 3000, currency = "EUR" } }]
`;

/** The key of a customer's phone, and the codes it shows. */
class Phone {
	private readonly secret: KeyObject;
	readonly public: Buffer;

	constructor() {
		const { privateKey } = generateKeyPairSync('ed25519');
		this.secret = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }));
		const spki = createPublicKey(this.secret).export({ format: 'der', type: 'spki' });
		this.public = spki.subarray(spki.length - 32);
	}

	async enrol(salon: Salon, person: Person): Promise<void> {
		const answer = await fetch(`${salon.address}/api/v1/check-in-key`, {
			method: 'PUT',
			headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
			body: JSON.stringify({ key: this.public.toString('base64url') })
		});
		expect(answer.status, 'the server takes the key').toBe(204);
	}

	/** As crates/domain/src/check_in/token.rs lays it out. */
	code(salon: Salon, booking: string, { place = 'mitte', ago = 0 } = {}): string {
		const short = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest().subarray(0, 8);
		const numbers = Buffer.alloc(10);
		numbers.writeBigInt64BE(BigInt(Math.floor(Date.now() / 1000) - ago));
		numbers.writeUInt16BE(120, 8);
		const said = Buffer.concat([
			Buffer.from([1]),
			short(salon.address),
			Buffer.from(booking.replaceAll('-', ''), 'hex'),
			short(this.public),
			numbers,
			randomBytes(8),
			Buffer.from([place.length]),
			Buffer.from(place)
		]);
		const signature = sign(null, Buffer.concat([Buffer.from('datebook check-in 1\n'), said]), this.secret);
		const token = Buffer.concat([said, signature]).toString('base64url');
		return `datebook://check-in?server=${encodeURIComponent(salon.address)}&token=${token}`;
	}
}

const test = base.extend<object, { salon: Salon }>({
	salon: [
		async ({}, use) => {
			const folder = await mkdtemp(join(tmpdir(), 'datebook-counter-'));
			await writeFile(join(folder, 'business.toml'), business);
			const salon = await Salon.open({ file: join(folder, 'business.toml'), customers: 0 });
			await use(salon);
			await salon.close();
			await rm(folder, { recursive: true, force: true });
		},
		{ scope: 'worker' }
	]
});

/** Books the next free time of today. */
async function booked(person: Person): Promise<{ id: string; reference: string }> {
	const of = { service: 'cut', variant: 'short', place: 'mitte' };
	const date = new Date(Date.now() + ahead * 3_600_000).toISOString().slice(0, 10);
	const day = await person.view<{ times: { start: { at: string } }[] }>({ view: 'day', of, date });
	const id = newId();
	const start = day.times[0]!.start.at;
	const verdict = await person.execute({ type: 'book@1', booking: id, ...of, start });
	expect(verdict.verdict, 'the time is free').toBe('accepted');
	const { reference } = await person.view<{ reference: string }>({ view: 'booking', booking: id });
	return { id, reference };
}

test('a counter that is alone checks codes, and the server hears of it later', async ({ page, salon, context }) => {
	const named = async (email: string, name: string) => {
		const person = await Person.signIn(salon, email);
		await person.execute({ type: 'update_profile@1', name, phone: '' });
		return person;
	};
	const ada = await named('ada@example.org', 'Ada Lovelace');
	const grace = await named('grace@example.org', 'Grace Hopper');
	const [one, two] = [await booked(ada), await booked(grace)];
	const [phone, thief] = [new Phone(), new Phone()];
	await phone.enrol(salon, ada);

	const link = (await run(serverProgram, ['counter', 'link', '--place', 'mitte', '--label', 'Front desk', '--data', salon.folder])).trim();
	await page.goto(`/counter#${link.split('#')[1]}`);
	await page.getByRole('button', { name: 'Open the counter here' }).click();
	await expect(page.getByRole('heading', { name: 'Front desk' }), 'one press opens it').toBeVisible();
	await expect(page.getByRole('listitem').filter({ hasText: 'Ada Lovelace' }), 'Ada is expected').toBeVisible();
	expect(new URL(page.url()).hash, 'the secret has left the address').toBe('');
	await page.evaluate(async () => void (await navigator.serviceWorker.ready));

	await context.setOffline(true);
	await page.reload();
	await expect(page.getByRole('heading', { name: 'Front desk' }), 'the page opens without a network').toBeVisible();
	const typed = page.getByLabel('Reference or name');
	const read = async (text: string) => {
		await typed.fill(text);
		await typed.press('Enter');
	};
	await read(thief.code(salon, one.id));
	await expect(page.getByText("was not made by the customer's own device"), 'a forged code').toBeVisible();
	await read(phone.code(salon, one.id, { place: 'island' }));
	await expect(page.getByText('This code is for Island.'), 'a code of another place').toBeVisible();
	await read(phone.code(salon, one.id, { ago: 600 }));
	await expect(page.getByText('This code is too old'), 'a photograph of yesterday').toBeVisible();

	const code = phone.code(salon, one.id);
	await read(code);
	await expect(page.getByText('Checked in.'), 'verified on this machine alone').toBeVisible();
	const line = page.getByRole('list', { name: 'Who is expected today' }).getByRole('listitem').filter({ hasText: 'Ada Lovelace' });
	await expect(line.getByText('Here'), 'she is there').toBeVisible();
	await expect(page.getByText('One check-in waits to be sent.'), 'and it is kept').toBeVisible();
	await read(code);
	await expect(page.getByText('This code was used before'), 'a replay is refused').toBeVisible();
	await page.reload();
	await expect(page.getByText('One check-in waits to be sent.'), 'also after the page was closed').toBeVisible();
	await read(code);
	await expect(page.getByText('This code was used before'), 'a replay is refused then too').toBeVisible();

	// Grace gives her reference; meanwhile her appointment is cancelled, which the counter cannot know.
	await read(two.reference.toLowerCase().replace('-', ' '));
	await expect(page.getByText('2 check-ins wait to be sent.'), 'by reference').toBeVisible();
	const cancelled = await grace.execute({ type: 'cancel@1', booking: two.id, reason: '' });
	expect(cancelled.verdict, 'on her own phone').toBe('accepted');

	await context.setOffline(false);
	await page.evaluate(() => dispatchEvent(new Event('online')));
	await expect(page.getByText('was cancelled before the counter was online again'), 'a finding for a person').toBeVisible();
	await expect(page.getByText('to be sent'), 'nothing waits any more').toHaveCount(0);
	const view = await ada.view<{ ticket: { state: string }; ledger: { what: string; by: string }[] }>({ view: 'booking', booking: one.id });
	expect(view.ticket.state, 'the server knows').toBe('checked_in');
	expect(view.ledger.filter(({ what }) => what === 'checked_in'), 'once').toHaveLength(1);
	await page.getByRole('button', { name: 'Seen' }).click();
	await expect(page.getByText('was cancelled before'), 'what was looked at goes').toHaveCount(0);

	const id = (await run(serverProgram, ['counter', 'list', '--data', salon.folder])).trim().split(' ')[0]!;
	await run(serverProgram, ['counter', 'revoke', id, '--data', salon.folder]);
	await page.evaluate(() => dispatchEvent(new Event('online')));
	await expect(page.getByRole('heading', { name: 'This is no counter' }), 'taken back, it sees nobody').toBeVisible();
	await expect(page.getByText('Grace Hopper'), 'and keeps nobody').toHaveCount(0);
});
