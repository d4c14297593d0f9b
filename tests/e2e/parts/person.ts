/** A customer who speaks the public API: the other customers of a test, and a fast way for a browser to sign in. */
import { createHash, randomBytes } from 'node:crypto';
import type { BrowserContext } from '@playwright/test';
import { newId } from './id';
import type { Salon } from './salon';

export interface Civil {
	at: string;
	date: string;
	time: string;
	offset: string;
}

/** A free start, with who is free then. */
export interface Time {
	start: Civil;
	end: Civil;
	staff: string[];
}

/** What to book, as the views of a month and of a day ask it. */
export interface Wish {
	service: string;
	variant: string;
	place: string;
	staff?: string;
	party?: number;
}

export interface Ticket {
	booking: string;
	service: string;
	start: Civil;
	state: string;
	waiting: boolean;
	no_reschedule: unknown;
}

export interface Verdict {
	verdict: 'accepted' | 'refused';
	refusal?: { code: string; facts: Record<string, unknown> };
}

/** A service of the sample with one length, so that nothing is asked about it. */
export const dryCut: Wish = { service: 'dry-cut', variant: 'standard', place: 'mitte' };

interface Asked {
	verifier: string;
	attempt: string;
	digits: string;
}

/** Where the digits of a mail come from, once it has been asked for. */
type Digits = (ask: () => Promise<void>) => Promise<string>;

async function ask(salon: Salon, email: string, app: boolean, digits: Digits): Promise<Asked> {
	const verifier = randomBytes(32).toString('base64url');
	const challenge = createHash('sha256').update(verifier).digest('base64url');
	let attempt = '';
	const read = await digits(async () => {
		({ attempt } = (await post(salon.address, 'sign-in/link', { email, challenge, app })) as { attempt: string });
	});
	return { verifier, attempt, digits: read };
}

/** Reads the digits in a demonstration's mailbox. */
const fromMailbox =
	(salon: Salon, email: string): Digits =>
	async (ask) =>
		digitsOf((await salon.mail(email, /^Sign in/, ask)).text);

/** The six digits of a mail that signs in. */
export function digitsOf(text: string): string {
	const found = text.match(/\b(\d{3}) (\d{3})\b/);
	if (!found) throw new Error(`no six digits in this mail:\n${text}`);
	return `${found[1]}${found[2]}`;
}

async function post(address: string, path: string, body: unknown, token?: string): Promise<unknown> {
	const answer = await fetch(`${address}/api/v1/${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
		body: JSON.stringify(body)
	});
	if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
	return answer.json();
}

export class Person {
	private constructor(
		private readonly salon: Salon,
		readonly token: string
	) {}

	/** Signs in as an app does. An address that nobody has yet becomes a new customer. */
	static async signIn(salon: Salon, email: string, from = fromMailbox(salon, email)): Promise<Person> {
		const { verifier, attempt, digits } = await ask(salon, email, true, from);
		const proof = { digits };
		const answer = await post(salon.address, 'sign-in/token', { attempt, verifier, proof, device: newId(), browser: false });
		return new Person(salon, (answer as { token: string }).token);
	}

	/** Gives a browser the session of a customer, where signing in is not what the test is about. */
	static async lend(salon: Salon, email: string, browser: BrowserContext): Promise<void> {
		const { verifier, attempt, digits } = await ask(salon, email, false, fromMailbox(salon, email));
		const answer = await browser.request.post(`${salon.address}/api/v1/sign-in/token`, {
			data: { attempt, verifier, proof: { digits }, device: newId(), browser: true }
		});
		if (!answer.ok()) throw new Error(`the browser's session was answered ${answer.status()}`);
	}

	view<Screen>(view: object): Promise<Screen> {
		return post(this.salon.address, 'view', view, this.token) as Promise<Screen>;
	}

	execute(command: object): Promise<Verdict> {
		return post(this.salon.address, 'execute', { id: newId(), command }, this.token) as Promise<Verdict>;
	}

	/** Books; answers with the booking's id, or fails. */
	async book(wish: Wish, start: string): Promise<string> {
		const booking = newId();
		const verdict = await this.execute({ type: 'book@1', party: 1, note: '', ...wish, booking, start });
		if (verdict.verdict !== 'accepted') throw new Error(`not booked: ${JSON.stringify(verdict)}`);
		return booking;
	}

	async agenda(tab: 'upcoming' | 'past' | 'cancelled'): Promise<Ticket[]> {
		return (await this.view<{ tickets: Ticket[] }>({ view: 'agenda', tab, text: '' })).tickets;
	}

	/** The days with free times, from so many days ahead; at least `atLeast` times each. */
	async freeDays(wish: Wish, ahead = 3, atLeast = 6): Promise<{ date: string; times: Time[] }[]> {
		const of = { party: 1, ...wish };
		const from = new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
		const days: { date: string; times: Time[] }[] = [];
		let month: string | undefined = from;
		while (days.length < 4) {
			const view: MonthView = await this.view({ view: 'month', ...of, month });
			for (const { date, state } of view.days) {
				if (date < from || state.is !== 'free' || (state.times ?? 0) < atLeast || days.length >= 4) continue;
				days.push(await this.view({ view: 'day', of, date }));
			}
			const [year, number] = view.month.split('-').map(Number) as [number, number];
			month = new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
			if (month > view.last) break;
		}
		if (days.length < 2) throw new Error(`hardly anything is free for ${JSON.stringify(wish)}`);
		return days;
	}
}

/**
 * One of the first day's times, and one of a later day at which everybody is free who might be given the first: a move
 * keeps its person.
 */
export function startAndLater([first, ...others]: { times: Time[] }[], nth: number): [Civil, Civil] {
	const { start, staff } = first!.times[nth]!;
	const later = others.flatMap(({ times }) => times).find((time) => staff.every((one) => time.staff.includes(one)));
	if (!later) throw new Error(`on no later day all of these are free: ${staff}`);
	return [start, later.start];
}

interface MonthView {
	month: string;
	last: string;
	days: { date: string; state: { is: string; times?: number } }[];
}
