/** Mails on their way through a real mail server: what is in them, and that each arrives once whatever happens. */
import { expect, test } from '@playwright/test';
import { digitsOf, dryCut, Person } from './parts/person';
import { Receiver, type Received } from './parts/receiver';
import { Salon } from './parts/salon';
import { until } from './parts/until';

let post: Receiver;
let salon: Salon;

test.beforeEach(async () => {
	post = await Receiver.listen();
	salon = await Salon.open({ customers: 5, smtp: post.address });
});

test.afterEach(async () => {
	await salon.close();
	await post.close();
});

const about = (subject: RegExp) => post.received.filter(({ mail }) => subject.test(mail.subject ?? ''));
const first = (subject: RegExp, timeout?: number) =>
	until<Received>(`a mail about ${subject}`, async () => about(subject)[0], timeout);

/** Signs in with the digits of a mail that really went through the mail server. */
async function signIn(email: string): Promise<Person> {
	return Person.signIn(salon, email, async (ask) => {
		await ask();
		return digitsOf((await first(/^Sign in/)).mail.text ?? '');
	});
}

test('a confirmation arrives with plain text, HTML and an invitation', async () => {
	const ada = await signIn('ada@example.org');
	await ada.execute({ type: 'update_profile@1', name: 'Ada Löwenstein', phone: '' });
	const [day] = await ada.freeDays(dryCut);
	await ada.book(dryCut, day!.times[0]!.start.at);
	const { to, mail, source } = await first(/^Your appointment on /);

	expect(to, 'the envelope is addressed').toEqual(['ada@example.org']);
	expect(mail.headers.get('from'), 'the business writes, from its own server').toMatchObject({
		value: [{ name: 'Linden & Rye', address: 'book@salon.example' }]
	});
	expect(mail.headers.get('reply-to'), 'an answer reaches people').toMatchObject({
		value: [{ address: 'hello@lindenandrye.example' }]
	});
	expect(mail.headers.get('to'), 'the name survives its umlaut').toMatchObject({
		value: [{ name: 'Ada Löwenstein', address: 'ada@example.org' }]
	});
	expect(mail.messageId, 'every mail has a name').toMatch(/^<[\w.-]+@salon\.example>$/);
	expect(mail.date, 'and a date').toBeInstanceOf(Date);
	expect(source, 'it is MIME').toMatch(/^MIME-Version: 1\.0\r?$/m);
	expect(source, 'plain text, HTML and invitation are one thing said three ways').toContain('multipart/alternative');
	expect(mail.text, 'plain text for whoever wants it').toContain('Dry cut');
	expect(mail.html, 'and HTML').toContain('Dry cut');
	expect(mail.text, 'at the time that was booked').toContain(day!.times[0]!.start.time);
	expect(source.match(/^Content-Type: text\/calendar; [^\n]*method=REQUEST/gim), 'for programs, and as a file').toHaveLength(2);
	const file = mail.attachments.find(({ filename }) => filename === 'appointment.ics');
	expect(file?.content.toString(), 'the file is the invitation').toContain('METHOD:REQUEST');
	for (const line of source.split('\n')) {
		expect(Buffer.byteLength(line), 'no line is longer than RFC 5322 allows').toBeLessThanOrEqual(999);
	}
});

test('a mail server that says "later" twice gets the mail, once and under the same name', async () => {
	const bea = await signIn('bea@example.org');
	const [day] = await bea.freeDays(dryCut);
	const before = post.tried;
	post.refuse(2);
	await bea.book(dryCut, day!.times[0]!.start.at);
	await first(/^Your appointment on /, 60_000);
	expect(post.tried - before, 'refused twice, taken the third time').toBe(3);
	// Whatever comes after it has gone out: a second copy would have been before it.
	await bea.book(dryCut, day!.times[4]!.start.at);
	await until('the next mail', async () => about(/^Your appointment on /).length >= 2);
	const names = about(/^Your appointment on /).map(({ mail }) => mail.messageId);
	expect(names, 'one mail for each booking').toHaveLength(2);
	expect(new Set(names).size, 'each has its own name').toBe(2);
});

test('a server that is killed between booking and sending sends the mail after its restart, once', async () => {
	test.setTimeout(180_000);
	const cleo = await signIn('cleo@example.org');
	const [day] = await cleo.freeDays(dryCut);
	const before = post.tried;
	post.hold();
	await cleo.book(dryCut, day!.times[0]!.start.at);
	await until('the mail is on its way', async () => post.tried > before);
	await salon.die();
	post.release();
	expect(about(/^Your appointment on /), 'nothing was sent before the power went').toHaveLength(0);
	await salon.rise();
	// The job was taken for a minute; nobody else may take it before.
	await first(/^Your appointment on /, 100_000);
	await cleo.book(dryCut, day!.times[4]!.start.at);
	await until('the next mail', async () => about(/^Your appointment on /).length >= 2);
	expect(about(/^Your appointment on /), 'one mail for each booking').toHaveLength(2);
});
