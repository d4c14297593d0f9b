/** Every screen, with what is needed to stand before it: for accessibility and for pictures. */
import { expect, type Page } from '@playwright/test';
import { dryCut, Person, type Time, type Ticket } from './person';
import { demo, type Salon } from './salon';
import { chooseTime, review } from './screens';

/** What the screens of a test show. */
export interface Scene {
	salon: Salon;
	/** Signed in as the demo customer by other means, to ask for ids. */
	me: Person;
	upcoming: Ticket;
	past: Ticket;
	cancelled: Ticket;
	day: { date: string; times: Time[] };
	/** A time that is taken the moment somebody wants it. */
	take: (time: Time) => Promise<unknown>;
}

export async function scene(salon: Salon): Promise<Scene> {
	const me = await Person.signIn(salon, demo);
	const other = await Person.signIn(salon, 'other@example.org');
	const [day] = await other.freeDays({ ...dryCut, staff: 'jonas' }, 5);
	const [upcoming, past, cancelled] = await Promise.all([me.agenda('upcoming'), me.agenda('past'), me.agenda('cancelled')]);
	return {
		salon,
		me,
		upcoming: upcoming.find(({ service }) => service === 'Facial')!,
		past: past[0]!,
		cancelled: cancelled[0]!,
		day: day!,
		take: ({ start }) => other.book({ ...dryCut, staff: 'jonas' }, start.at)
	};
}

export interface Visit {
	name: string;
	/** Whose browser it is. */
	as: 'nobody' | 'demo' | 'newcomer';
	/** Leads to the screen and waits until it stands. */
	to: (page: Page, scene: Scene) => Promise<unknown>;
}

/** A time that touches none of those given out before: a visit takes two quarters of an hour. */
const free = (day: Scene['day']) => day.times.splice(-4)[0]!;
const heading = (page: Page, name: string | RegExp) => expect(page.getByRole('heading', { name }).first()).toBeVisible();
const ticket = (page: Page) => expect(page.getByRole('list', { name: 'Appointments' }).getByRole('link').first()).toBeVisible();
const jonas = { ...dryCut, staff: 'jonas' };
const chosen = (more: object) => `/book?${new URLSearchParams({ service: 'dry-cut', variant: 'standard', ...more })}`;
const timeStep = (more: object = {}) => chosen({ place: 'mitte', with: 'jonas', step: 'time', ...more });

async function openSheet(page: Page, { upcoming }: Scene, button: string): Promise<void> {
	await page.goto(`/agenda/${upcoming.booking}`);
	await page.getByRole('button', { name: button, exact: true }).click();
	await expect(page.getByRole('dialog')).toBeVisible();
}

export const visits: Visit[] = [
	{ name: 'sign-in', as: 'nobody', to: async (page) => (await page.goto('/sign-in'), heading(page, 'Sign in')) },
	{
		name: 'sign-in-digits',
		as: 'nobody',
		to: async (page) => {
			await page.goto('/sign-in');
			await page.getByLabel('Email address').fill('anna-katharina.von-und-zu-liebenstein-hohenfels@mail.long-subdomain.example.org');
			await page.getByRole('button', { name: 'Send me a mail' }).click();
			await heading(page, 'Check your mail');
		}
	},
	{
		name: 'sign-in-password',
		as: 'nobody',
		to: async (page) => {
			await page.goto('/sign-in');
			await page.getByRole('button', { name: 'Use a password' }).click();
			await page.getByRole('button', { name: 'Sign in', exact: true }).click();
			await expect(page.getByText('Write an email address')).toBeVisible();
		}
	},
	{
		name: 'link',
		as: 'nobody',
		to: async (page) => (await page.goto('/sign-in/link#token=x'), expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible())
	},
	{
		name: 'link-used',
		as: 'nobody',
		to: async (page) => {
			await page.goto('/sign-in/link#token=x');
			await page.getByRole('button', { name: 'Sign in' }).click();
			await heading(page, 'This link no longer works');
		}
	},
	{ name: 'welcome', as: 'nobody', to: async (page) => (await page.goto('/welcome'), heading(page, 'Every appointment')) },
	{ name: 'agenda', as: 'demo', to: async (page) => (await page.goto('/agenda'), ticket(page)) },
	{
		name: 'agenda-past',
		as: 'demo',
		to: async (page) => {
			await page.goto('/agenda');
			await page.getByRole('tab', { name: 'Past' }).click();
			await ticket(page);
		}
	},
	{
		name: 'agenda-cancelled',
		as: 'demo',
		to: async (page) => {
			await page.goto('/agenda');
			await page.getByRole('tab', { name: 'Cancelled' }).click();
			await ticket(page);
		}
	},
	{
		name: 'agenda-search',
		as: 'demo',
		to: async (page) => {
			await page.goto('/agenda');
			await page.getByRole('button', { name: 'Search' }).click();
			await page.getByLabel('Name').fill('zzz');
			await heading(page, 'Nothing matches');
		}
	},
	{ name: 'agenda-empty', as: 'newcomer', to: async (page) => (await page.goto('/agenda'), heading(page, 'Nothing booked')) },
	{ name: 'agenda-signed-out', as: 'nobody', to: async (page) => (await page.goto('/agenda'), heading(page, 'Your book is closed')) },
	{
		name: 'appointment',
		as: 'demo',
		to: async (page, { upcoming }) => (await page.goto(`/agenda/${upcoming.booking}`), heading(page, 'What happened'))
	},
	{
		name: 'appointment-past',
		as: 'demo',
		to: async (page, { past }) => (await page.goto(`/agenda/${past.booking}`), heading(page, 'What happened'))
	},
	{
		name: 'appointment-cancelled',
		as: 'demo',
		to: async (page, { cancelled }) => (await page.goto(`/agenda/${cancelled.booking}`), heading(page, 'What happened'))
	},
	{
		name: 'appointment-unknown',
		as: 'demo',
		to: async (page) => (await page.goto('/agenda/01936f3e-8a57-7cc2-b3a4-0f3b1c2d4e5f'), heading(page, 'This page is empty'))
	},
	{ name: 'cancel', as: 'demo', to: (page, scene) => openSheet(page, scene, 'Cancel appointment') },
	{
		name: 'move',
		as: 'demo',
		to: async (page, scene) => {
			await openSheet(page, scene, 'Move');
			await expect(page.getByRole('dialog').locator('button[data-date]').first()).toBeVisible();
		}
	},
	{
		name: 'move-approve',
		as: 'demo',
		to: async (page, scene) => {
			await openSheet(page, scene, 'Move');
			const sheet = page.getByRole('dialog');
			await sheet.getByRole('button', { name: /, \d+ free times$/ }).last().click();
			await sheet.getByRole('radio').last().check();
			await sheet.getByRole('button', { name: 'Look at the change' }).click();
			await heading(page, 'Move it?');
		}
	},
	{ name: 'book-service', as: 'demo', to: async (page) => (await page.goto('/book'), heading(page, 'What would you like?')) },
	{
		name: 'book-service-none',
		as: 'demo',
		to: async (page) => {
			await page.goto('/book');
			await page.getByRole('searchbox').fill('zzz');
			await heading(page, 'Nothing is called');
		}
	},
	{ name: 'book-place', as: 'demo', to: async (page) => (await page.goto(chosen({})), heading(page, 'Where would you like')) },
	{ name: 'book-person', as: 'demo', to: async (page) => (await page.goto(chosen({ place: 'mitte' })), heading(page, 'With whom?')) },
	{
		name: 'book-day',
		as: 'demo',
		to: async (page) => (await page.goto(timeStep()), expect(page.locator('button[data-date]').first()).toBeVisible())
	},
	{
		name: 'book-time',
		as: 'demo',
		to: async (page, { day }) => {
			await page.goto(timeStep());
			await chooseTime(page, day.times[1]!.start);
			await expect(page.getByRole('link', { name: /^Take / })).toBeVisible();
		}
	},
	{
		name: 'book-zone',
		as: 'demo',
		to: async (page) => {
			await page.goto('/book?service=morning-yoga&variant=standard&place=graca&step=time');
			await page.getByRole('button', { name: /, \d+ free times?$/ }).first().click();
			await expect(page.getByRole('radio').first()).toBeVisible();
		}
	},
	{
		name: 'book-list',
		as: 'demo',
		to: async (page) => {
			await page.goto(timeStep());
			await page.getByRole('button', { name: 'Show next free times' }).click();
			await expect(page.getByRole('radio').first()).toBeVisible();
		}
	},
	{
		name: 'book-review',
		as: 'demo',
		to: async (page, { day }) => {
			await page.goto(review(jonas, day.times[1]!.start));
			await page.getByText('House rules').click();
			await expect(page.getByRole('button', { name: 'Book this' })).toBeVisible();
		}
	},
	{
		name: 'book-refused',
		as: 'newcomer',
		to: async (page, { day, take }) => {
			const time = free(day);
			await page.route('**/api/v1/pokes', (route) => route.abort());
			await page.goto(review(jonas, time.start));
			await expect(page.getByRole('button', { name: 'Book this' })).toBeVisible();
			await take(time);
			await page.getByRole('button', { name: 'Book this' }).click();
			await expect(page.getByRole('list', { name: 'Next best times' })).toBeVisible();
		}
	},
	{
		name: 'book-done',
		as: 'newcomer',
		to: async (page, { day }) => {
			await page.goto(review(jonas, free(day).start));
			await page.getByRole('button', { name: 'Book this' }).click();
			await heading(page, 'You are booked');
		}
	},
	{ name: 'wallet', as: 'demo', to: async (page) => (await page.goto('/wallet'), heading(page, 'Wallet')) },
	{
		name: 'you',
		as: 'demo',
		to: async (page) => {
			await page.goto('/you');
			await page.getByRole('button', { name: 'Set password' }).click();
			await expect(page.getByLabel('New password')).toBeVisible();
		}
	},
	{
		name: 'keys',
		as: 'demo',
		to: async (page) => {
			await page.goto('/agenda');
			await ticket(page);
			await page.keyboard.press('?');
			await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
		}
	},
	{ name: 'door', as: 'demo', to: async (page) => (await page.goto('/check-in?place=mitte'), heading(page, 'Check in here')) },
	{
		name: 'door-today',
		as: 'newcomer',
		to: async (page, { day }) => {
			await page.goto(review(jonas, free(day).start));
			await page.getByRole('button', { name: 'Book this' }).click();
			await heading(page, 'You are booked');
			const { date, start } = { date: day.date, start: day.times[0]!.start };
			// The page is opened on the day of the visit, early in the morning there.
			await page.clock.setFixedTime(new Date(`${date}T06:00:00${start.offset}`));
			await page.goto('/check-in#token=at_mitte');
			await expect(page.getByText('Dry cut').first()).toBeVisible();
		}
	},
	{ name: 'counter-closed', as: 'nobody', to: async (page) => (await page.goto('/counter'), heading(page, 'This is no counter')) },
	{
		name: 'counter-invitation',
		as: 'nobody',
		to: async (page, { salon }) => {
			await page.goto(`/counter#${await salon.counter('Front desk')}`);
			await expect(page.getByRole('button', { name: 'Open the counter here' })).toBeVisible();
		}
	},
	{
		name: 'counter',
		as: 'nobody',
		to: async (page, { salon }) => {
			await page.goto(`/counter#${await salon.counter('Front desk')}`);
			await page.getByRole('button', { name: 'Open the counter here' }).click();
			await heading(page, 'Front desk');
			await page.getByLabel('Reference or name').fill('ZZZZ-9999');
			await page.getByLabel('Reference or name').press('Enter');
			await expect(page.getByText('ZZZZ-9999').last()).toBeVisible();
		}
	},
	{
		name: 'open-booking',
		as: 'nobody',
		to: async (page, { upcoming }) => (await page.goto(`/open/booking/${upcoming.booking}`), heading(page, 'Your appointment'))
	},
	{ name: 'open-gift-card', as: 'nobody', to: async (page) => (await page.goto('/open/gift-card#code=RYE'), heading(page, 'A gift card')) },
	{ name: 'open-nowhere', as: 'nobody', to: async (page) => (await page.goto('/open/x'), heading(page, 'This link leads nowhere')) },
	{ name: 'not-found', as: 'nobody', to: async (page) => (await page.goto('/no/such/page'), heading(page, 'No such page')) },
	{
		name: 'mailbox',
		as: 'nobody',
		to: async (page) => (await page.goto('/mailbox'), expect(page.getByRole('heading').first()).toBeVisible())
	}
];
