/**
 * The counter's page: opened by the operator's link, alone without a network, settled later. The customer's phone is a
 * key made here; everything else is real.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
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

async function named(salon: Salon, email: string, name: string): Promise<Person> {
	const person = await Person.signIn(salon, email);
	await person.execute({ type: 'update_profile@1', name, phone: '' });
	return person;
}

/** Makes the page's machine a counter. */
async function opened(page: Page, salon: Salon, label: string, address = ''): Promise<void> {
	await page.goto(`${address}/counter#${await salon.counter(label)}`);
	await page.getByRole('button', { name: 'Open the counter here' }).click();
	await expect(page.getByRole('heading', { name: label }), 'one press opens it').toBeVisible();
	await page.evaluate(async () => void (await navigator.serviceWorker.ready));
}

async function takenBack(salon: Salon, label: string): Promise<void> {
	const all = await run(serverProgram, ['counter', 'list', '--data', salon.folder]);
	const line = all.split('\n').find((one) => one.includes(label))!;
	await run(serverProgram, ['counter', 'revoke', line.trim().split(' ')[0]!, '--data', salon.folder]);
}

/** One round of sending and fetching, to its end. */
async function round(page: Page): Promise<void> {
	const answer = page.waitForResponse(/counter\/(day|settle)$/);
	await page.evaluate(() => dispatchEvent(new Event('online')));
	await answer;
}

/** All that the counter has on its disk, as text. */
const disk = (page: Page) =>
	page.evaluate(
		() =>
			new Promise<string>((resolve, reject) => {
				const opening = indexedDB.open('datebook-counter');
				opening.onerror = () => reject(opening.error);
				opening.onsuccess = () => {
					const transaction = opening.result.transaction(['day', 'seen']);
					const [day, seen] = ['day', 'seen'].map((name) => transaction.objectStore(name).getAll());
					transaction.oncomplete = () => {
						opening.result.close();
						resolve(JSON.stringify([day!.result, seen!.result]));
					};
				};
			})
	);

const line = (page: Page, name: string) =>
	page.getByRole('list', { name: 'Who is expected today' }).getByRole('listitem').filter({ hasText: name });

test('a counter that is alone checks codes, and the server hears of it later', async ({ page, salon, context }) => {
	const ada = await named(salon, 'ada@example.org', 'Ada Lovelace');
	const grace = await named(salon, 'grace@example.org', 'Grace Hopper');
	const [one, two] = [await booked(ada), await booked(grace)];
	const [phone, thief] = [new Phone(), new Phone()];
	await phone.enrol(salon, ada);

	await opened(page, salon, 'Front desk');
	await expect(page.getByRole('listitem').filter({ hasText: 'Ada Lovelace' }), 'Ada is expected').toBeVisible();
	expect(new URL(page.url()).hash, 'the secret has left the address').toBe('');

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
	await expect(line(page, 'Ada Lovelace').getByText('Here'), 'she is there').toBeVisible();
	await expect(page.getByText('One check-in waits to be sent.'), 'and it is kept').toBeVisible();
	await read(code);
	await expect(page.getByText('Checked in already.'), 'a replay is refused').toBeVisible();
	await page.reload();
	await expect(page.getByText('One check-in waits to be sent.'), 'also after the page was closed').toBeVisible();
	await read(code);
	await expect(page.getByText('Checked in already.'), 'a replay is refused then too').toBeVisible();

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

	await takenBack(salon, 'Front desk');
	await page.evaluate(() => dispatchEvent(new Event('online')));
	await expect(page.getByRole('heading', { name: 'This is no counter' }), 'taken back, it sees nobody').toBeVisible();
	await expect(page.getByText('Grace Hopper'), 'and keeps nobody').toHaveCount(0);
});

test('a counter takes the link that a pass shows, also without a network', async ({ page, salon, context }) => {
	const [emmy, maria] = [await named(salon, 'emmy@example.org', 'Emmy Noether'), await named(salon, 'maria@example.org', 'Maria Mitchell')];
	const [one, two] = [await booked(emmy), await booked(maria)];
	await opened(page, salon, 'Pass desk');
	const typed = page.getByLabel('Reference or name');
	const read = async (text: string) => {
		await typed.fill(text);
		await typed.press('Enter');
	};
	await read(`${salon.address}/open/booking/${newId()}`);
	await expect(page.getByText('This appointment is not expected here.'), 'a link to nobody’s visit').toBeVisible();
	await expect(page.getByText('Checked in.'), 'lets nobody in').toHaveCount(0);
	await read(`${salon.address}/open/booking/${one.id}`);
	await expect(page.getByText('Checked in.'), 'as good as a reference that was typed').toBeVisible();
	await expect(line(page, 'Emmy Noether').getByText('Here'), 'it is her visit').toBeVisible();
	await context.setOffline(true);
	await read(`datebook://booking?server=${encodeURIComponent(salon.address)}&booking=${two.id}`);
	await expect(line(page, 'Maria Mitchell').getByText('Here'), 'in the app’s form, without a network').toBeVisible();
	await context.setOffline(false);
	await round(page);
	await expect(page.getByText('to be sent'), 'and the server hears of it').toHaveCount(0);
	for (const [person, id] of [[emmy, one.id], [maria, two.id]] as const) {
		const view = await person.view<{ ticket: { state: string } }>({ view: 'booking', booking: id });
		expect(view.ticket.state, 'the server knows').toBe('checked_in');
	}
});

test('a counter that is taken back keeps what it has not sent, and the next one sends it', async ({ page, salon, context }) => {
	const hedy = await named(salon, 'hedy@example.org', 'Hedy Lamarr');
	const { id } = await booked(hedy);
	await opened(page, salon, 'Side door');

	await context.setOffline(true);
	await page.getByRole('button', { name: 'Check in Hedy Lamarr' }).click();
	await expect(page.getByText('One check-in waits to be sent.'), 'it is kept').toBeVisible();
	await takenBack(salon, 'Side door');
	// The disk refuses once, which must not be the end of all rounds.
	await page.evaluate(() => {
		const { clear } = IDBObjectStore.prototype;
		IDBObjectStore.prototype.clear = () => {
			IDBObjectStore.prototype.clear = clear;
			throw new Error('the disk is full');
		};
	});
	await context.setOffline(false);
	await round(page);
	await expect(page.getByRole('heading', { name: 'This is no counter' }), 'it is closed').toBeVisible();
	const waits = page.getByText('One check-in waits to be sent.');
	await expect(waits, 'and says what waits').toBeVisible();
	await round(page);
	await expect.poll(() => disk(page), 'with no name on the disk').not.toContain('Hedy Lamarr');
	await page.reload();
	await expect(waits, 'also after the page was closed').toBeVisible();

	// In the same window: only what stands behind the # changes.
	await page.goto(`/counter#${await salon.counter('Back door')}`);
	await page.getByRole('button', { name: 'Open the counter here' }).click();
	await expect(page.getByRole('heading', { name: 'Back door' }), 'a new counter').toBeVisible();
	await expect(page.getByText('to be sent'), 'has sent it').toHaveCount(0);
	const view = await hedy.view<{ ticket: { state: string } }>({ view: 'booking', booking: id });
	expect(view.ticket.state, 'the server knows').toBe('checked_in');
});

test('the year of a counter\'s cookie begins anew whenever it is used', async ({ page, salon, context }) => {
	await opened(page, salon, 'Old desk');
	const soon = Date.now() / 1000 + 3_600;
	const [cookie] = (await context.cookies()).filter(({ name }) => name.endsWith('datebook_counter'));
	await context.addCookies([{ ...cookie!, expires: soon }]);
	await round(page);
	const expires = async () => (await context.cookies()).find(({ name }) => name === cookie!.name)!;
	await expect.poll(async () => (await expires()).expires, 'for about a year').toBeGreaterThan(soon + 360 * 24 * 3_600);
	expect((await expires()).value, 'the same secret').toBe(cookie!.value);
	expect((await expires()).httpOnly, 'which no script reads').toBe(true);
});

test('a counter whose clock is wrong takes codes, also after it was opened without a network', async ({ page, salon, context }) => {
	const mary = await named(salon, 'mary@example.org', 'Mary Somerville');
	const { id } = await booked(mary);
	const phone = new Phone();
	await phone.enrol(salon, mary);
	// Twenty minutes slow.
	await page.addInitScript(() => {
		const real = Date.now;
		Date.now = () => real() - 20 * 60_000;
	});
	await opened(page, salon, 'Slow desk');
	await context.setOffline(true);
	await page.reload();
	await expect(line(page, 'Mary Somerville'), 'the page opens without a network').toBeVisible();
	await page.getByLabel('Reference or name').fill(phone.code(salon, id));
	await page.getByLabel('Reference or name').press('Enter');
	await expect(page.getByText('Checked in.'), 'the code is of now').toBeVisible();
	await context.setOffline(false);
	await round(page);
	await expect(page.getByText('to be sent'), 'and the server').toHaveCount(0);
	const view = await mary.view<{ ticket: { state: string } }>({ view: 'booking', booking: id });
	expect(view.ticket.state, 'takes it over').toBe('checked_in');
});

test('a counter forgets its customers after a while, but no finding that nobody has seen', async ({ page, salon }) => {
	await opened(page, salon, 'Long desk');
	await page.evaluate(
		(at) =>
			new Promise<void>((resolve, reject) => {
				const opening = indexedDB.open('datebook-counter');
				opening.onsuccess = () => {
					const transaction = opening.result.transaction('seen', 'readwrite');
					const keep = (who: string, state: string, finding: object | null, seenBySomebody: boolean) => {
						const seen = { id: crypto.randomUUID(), booking: crypto.randomUUID(), at, how: { how: 'person' } };
						const reference = '0000-0000';
						transaction.objectStore('seen').put({ seen, number: null, who, reference, state, finding, seenBySomebody });
					};
					keep('Old Done', 'done', null, false);
					keep('Old Seen', 'found', { code: 'no_booking' }, true);
					keep('Old Finding', 'found', { code: 'no_booking' }, false);
					transaction.oncomplete = () => resolve(opening.result.close());
					transaction.onabort = () => reject(transaction.error);
				};
			}),
		new Date(Date.now() - 9 * 24 * 3_600_000).toISOString()
	);
	await round(page);
	await expect.poll(() => disk(page), 'what was settled goes while the page is open').not.toMatch(/Old (Done|Seen)/);
	expect(await disk(page), 'the finding waits for somebody').toContain('Old Finding');
	await page.reload();
	await expect(page.getByText('Old Finding'), 'and is shown').toBeVisible();
	await page.getByRole('button', { name: 'Seen' }).click();
	await expect(page.getByText('Old Finding'), 'until somebody has looked').toHaveCount(0);
	await round(page);
	await expect.poll(() => disk(page), 'then it goes, too').not.toContain('Old Finding');
});

/** Stands before a salon like its next update: the file that reads codes gets another name, the old one is gone. */
class Update {
	done = false;
	private constructor(
		private readonly server: Server,
		readonly address: string
	) {}

	static async of(salon: Salon): Promise<Update> {
		const version = ((await (await fetch(`${salon.address}/_app/version.json`)).json()) as { version: string }).version;
		const server = createServer((incoming, outgoing) => {
			const path = incoming.url!;
			if (update.done && path.includes('/zxing_reader.') && !path.includes('.next.')) {
				outgoing.writeHead(404).end();
				return;
			}
			// As plain text: one script gets other words on its way.
			const { 'accept-encoding': _, ...headers } = incoming.headers;
			const onward = request(`${salon.address}${path.replace('.next.', '.')}`, { method: incoming.method, headers }, (answer) => {
				const { 'content-length': _, ...said } = answer.headers;
				// The browser's own cache may have dropped a file at any time.
				outgoing.writeHead(answer.statusCode!, { ...said, 'cache-control': 'no-store' });
				if (!update.done || path !== '/service-worker.js') return void answer.pipe(outgoing);
				let script = '';
				answer.on('data', (part) => (script += part));
				answer.on('end', () => outgoing.end(script.replaceAll(version, 'next').replaceAll('zxing_reader.', 'zxing_reader.next.')));
			});
			incoming.pipe(onward);
		});
		await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
		const update = new Update(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
		return update;
	}

	async close(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((closed) => this.server.close(closed));
	}
}

test('an update leaves the open counter its files, and comes when it is opened next', async ({ page, salon, context }) => {
	const update = await Update.of(salon);
	try {
		await opened(page, salon, 'Updated desk', update.address);
		const script = await (await fetch(`${update.address}/service-worker.js`)).text();
		const reader = script.match(/\/_app\/immutable\/assets\/zxing_reader[^"]*\.wasm/)![0];
		// Within the page, through its worker.
		const status = (page: Page, path: string) =>
			page.evaluate(async (path) => (await fetch(path).catch(() => undefined))?.status, path);
		await page.reload();
		await context.setOffline(true);
		expect(await status(page, reader), 'what reads codes is on the machine before anybody turned the camera on').toBe(200);
		await context.setOffline(false);

		update.done = true;
		const state = await page.evaluate(async () => {
			const registration = (await navigator.serviceWorker.getRegistration('/counter'))!;
			await registration.update();
			const worker = (registration.installing ?? registration.waiting)!;
			await new Promise<void>((resolve) => {
				const look = () => worker.state !== 'installing' && resolve();
				worker.addEventListener('statechange', look);
				look();
			});
			return registration.waiting === worker ? 'waits' : 'is in';
		});
		expect(state, 'the new one is there').toBe('waits');
		expect(await status(page, reader), 'the open page still has its reader').toBe(200);

		await page.close();
		const next = await context.newPage();
		await next.goto(`${update.address}/counter`);
		await expect(next.getByRole('heading', { name: 'Updated desk' }), 'the counter opens again').toBeVisible();
		await expect.poll(() => next.evaluate(() => caches.keys()), 'with the new files only').toEqual(['counter-next']);
		await context.setOffline(true);
		expect(await status(next, reader.replace('reader.', 'reader.next.')), 'with the new reader').toBe(200);
	} finally {
		await update.close();
	}
});
