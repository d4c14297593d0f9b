/** The way of one appointment in a browser: signed in, booked, moved, cancelled; seen on screen and in the mails. */
import { bothEngines } from './parts/engine';
import { dryCut, Person, startAndLater } from './parts/person';
import { demo } from './parts/salon';
import { calendarLine, chooseTime, review, sayShort } from './parts/screens';
import { expect, test } from './parts/test';
import { until } from './parts/until';

/** A moment on the venue's clock as calendar files write it: `20261125T091500`. */
const stamp = ({ date, time }: { date: string; time: string }) => `${date}T${time}00`.replace(/[-:]/g, '');

test('the demo customer signs in, books, moves and cancels', bothEngines, async ({ page, salon }) => {
	const other = await Person.signIn(salon, 'looks-only@example.org');
	const [start, later] = startAndLater(await other.freeDays(dryCut), 1);

	await page.goto('/');
	const mail = await salon.mail(demo, /^Sign in to Linden & Rye$/, () =>
		page.getByRole('button', { name: 'Use the demo customer' }).click()
	);
	await page.getByLabel('Six digits').fill(mail.text.match(/\b\d{3} \d{3}\b/)![0]);
	await expect(page.getByRole('heading', { name: 'Agenda', level: 1 }), 'six digits are enough').toBeVisible();
	for (const tab of ['Past', 'Cancelled', 'Upcoming']) {
		await page.getByRole('tab', { name: tab }).click();
		await expect(page.getByRole('tab', { name: tab }), 'a tab says that it is chosen').toHaveAttribute('aria-selected', 'true');
		const list = page.getByRole('list', { name: 'Appointments' });
		await expect(list.getByRole('listitem').first(), 'the demo customer has something everywhere').toBeVisible();
	}

	await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Book' }).click();
	await page.getByRole('link', { name: /^Dry cut/ }).click();
	await page.getByRole('link', { name: /^Berlin Mitte/ }).click();
	await page.getByRole('link', { name: /^Anyone who is free/ }).click();
	await chooseTime(page, start);
	await page.getByRole('link', { name: `Take ${sayShort(start)}` }).click();
	await expect(page.getByRole('heading', { name: 'Is everything right?' }), 'a booking is shown before it is made').toBeVisible();
	const confirmation = await salon.mail(demo, /^Your appointment on /, () =>
		page.getByRole('button', { name: 'Book this' }).click()
	);
	await expect(page.getByRole('heading', { name: 'You are booked' }), 'the screen says what happened').toBeVisible();
	const file = confirmation.attachments[0]!;
	expect(file.content_type, 'a calendar takes it as an invitation').toContain('method=REQUEST');
	expect(calendarLine(file.text, 'SEQUENCE'), 'it is the first word on it').toBe('0');
	expect(calendarLine(file.text, 'DTSTART'), 'at the time that was chosen').toBe(stamp(start));
	const uid = calendarLine(file.text, 'UID');

	await page.getByRole('link', { name: 'Open this appointment' }).click();
	await page.getByRole('button', { name: 'Move', exact: true }).click();
	const sheet = page.getByRole('dialog');
	await expect(sheet.getByText(/To change those, cancel and book/), 'what cannot be changed is said (F12)').toBeVisible();
	await expect(sheet.getByText(/You can move this until/), 'and until when it can be moved at all (Y04)').toBeVisible();
	await chooseTime(sheet, later);
	await sheet.getByRole('button', { name: 'Look at the change' }).click();
	const moved = await salon.mail(demo, /^Your appointment has moved to /, () =>
		sheet.getByRole('button', { name: `Move to ${sayShort(later)}` }).click()
	);
	await expect(page.getByRole('dialog', { name: 'Moved' }), 'the move is done').toBeVisible();
	await sheet.getByRole('button', { name: 'Done' }).click();
	// Beside each time stands its zone, where the clock of this machine differs.
	const zone = '( \\(.+ time\\))?';
	const told = new RegExp(`You moved it from ${sayShort(start)}${zone} to ${sayShort(later)}${zone}`);
	await expect(page.getByText(told), 'its history tells it').toBeVisible();
	const change = moved.attachments[0]!.text;
	expect(calendarLine(change, 'UID'), 'calendars find the event again').toBe(uid);
	expect(calendarLine(change, 'SEQUENCE'), 'and see that this is newer').toBe('1');
	expect(calendarLine(change, 'DTSTART'), 'at the new time').toBe(stamp(later));

	// The link of the first mail, after the move.
	await page.goto(confirmation.text.match(/https?:\S+\/open\/booking\/\S+/)![0]);
	await page.getByRole('link', { name: 'Go on in the browser' }).click();
	await expect(page.getByText(told), 'an old link leads to the live booking (Y20)').toBeVisible();
	await page.getByRole('button', { name: 'Cancel appointment' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByText(/You can cancel until/), 'the deadline is a moment (Y04)').toBeVisible();
	await expect(dialog.getByText(/You have paid nothing/), 'and what does not come back is said (G08)').toBeVisible();
	await dialog.getByRole('button', { name: 'Keep it' }).click();
	await expect(page.getByRole('button', { name: 'Move', exact: true }), 'looking is not cancelling (G06)').toBeVisible();
	await page.getByRole('button', { name: 'Cancel appointment' }).click();
	const gone = await salon.mail(demo, /^Your appointment on .* is cancelled$/, () =>
		page.getByRole('dialog').getByRole('button', { name: 'Cancel the appointment' }).click()
	);
	const end = gone.attachments[0]!;
	expect(end.content_type, 'a calendar takes it off').toContain('method=CANCEL');
	expect(calendarLine(end.text, 'METHOD'), 'in the file as well').toBe('CANCEL');
	expect(calendarLine(end.text, 'UID'), 'the same event').toBe(uid);
	expect(calendarLine(end.text, 'SEQUENCE'), 'newer than the move').toBe('2');
	await expect(page.getByText('You cancelled it'), 'its history tells it').toBeVisible();
	await expect(page.getByRole('button', { name: 'Move', exact: true }), 'what is cancelled cannot be moved').toHaveCount(0);
	await page.goto('/agenda');
	await page.getByRole('tab', { name: 'Cancelled' }).click();
	await expect(page.getByRole('link', { name: new RegExp(`^Dry cut, .*${later.time}`) }).first(), 'it stays readable').toBeVisible();
});

test('the same account in another browser shows a change by itself', async ({ page, salon, signedIn, browser }) => {
	await signedIn();
	const context = await browser.newContext({ baseURL: salon.address });
	await Person.lend(salon, demo, context);
	const far = await context.newPage();
	await far.goto('/agenda');
	await expect(far.getByRole('link', { name: /^Gloss, / }), 'the other browser shows the agenda').toBeVisible();
	const me = await Person.signIn(salon, demo);
	const days = await me.freeDays(dryCut);

	const took: number[] = [];
	for (const { start } of days.slice(0, 3).map(({ times }) => times[3]!)) {
		await page.goto(review(dryCut, start));
		const button = page.getByRole('button', { name: 'Book this' });
		await expect(button, 'everything is chosen').toBeVisible();
		const count = await far.getByRole('link', { name: /^Dry cut, / }).count();
		const since = performance.now();
		await button.click();
		await expect
			.poll(() => far.getByRole('link', { name: /^Dry cut, / }).count(), {
				message: 'the other browser shows one more without being asked',
				intervals: [10]
			})
			.toBe(count + 1);
		took.push(performance.now() - since);
		await expect(page.getByRole('heading', { name: 'You are booked' }), 'here it is shown as well').toBeVisible();
	}
	console.log(`another browser showed it after the press of the button in ${took.map((time) => `${Math.round(time)} ms`).join(', ')}`);
	// A browser that only asked as time passes would take minutes.
	expect(Math.max(...took), 'a change arrives at once').toBeLessThan(5000);
	await context.close();
});

test('a time that somebody else took comes with a reason and the next best times, one tap each', async ({ page, salon, signedIn }) => {
	await signedIn();
	const other = await Person.signIn(salon, 'faster@example.org');
	const wish = { ...dryCut, staff: 'jonas' };
	const [day] = await other.freeDays(wish, 5);
	const { start } = day!.times[2]!;
	// The screen must not hear of it in time: that is what makes two people want the same.
	await page.route('**/api/v1/pokes', (route) => route.abort());
	await page.goto(review(wish, start));
	await expect(page.getByRole('button', { name: 'Book this' }), 'the time is still free').toBeVisible();
	await other.book(wish, start.at);
	await page.getByRole('button', { name: 'Book this' }).click();

	const refused = page.getByRole('alert').filter({ hasText: 'is taken' });
	await expect(refused, 'the reason names the time that was wanted').toContainText(start.time);
	await expect(refused, 'and what is safe').toContainText('Nothing was booked');
	const choices = refused.getByRole('list', { name: 'Next best times' }).getByRole('button');
	expect(await choices.count(), 'there are other times to choose from').toBeGreaterThan(1);
	const words = (await choices.first().innerText()).trim();
	const time = words.match(/\d\d:\d\d/)![0];
	const mail = await salon.mail(demo, /^Your appointment on /, () => choices.first().click());
	await expect(page.getByRole('heading', { name: 'You are booked' }), 'one tap is enough').toBeVisible();
	expect(mail.subject, 'the time on the button is the time booked').toContain(time);
	await expect(page.getByText(time).first(), 'and the ticket shows it').toBeVisible();
});

test('a booking is made by keyboard alone', async ({ page, salon, signedIn }) => {
	await signedIn('keyboard@example.org');
	const other = await Person.signIn(salon, 'looks-only@example.org');
	const [day] = await other.freeDays(dryCut);
	const focus = page.locator(':focus');
	/** Walks on with Tab until something of this name has the focus. */
	const walk = async (name: RegExp) => {
		for (let steps = 0; steps < 150; steps++) {
			await page.keyboard.press('Tab');
			const spoken = await page.evaluate(() => {
				const one = document.activeElement as HTMLElement;
				return one === document.body ? '' : (one.getAttribute('aria-label') ?? one.innerText);
			});
			if (name.test(spoken.trim())) return;
		}
		throw new Error(`the Tab key leads to nothing named ${name}`);
	};
	await page.goto('/agenda');
	await expect(page.getByRole('heading', { name: 'Nothing booked' }), 'a new customer has an empty book').toBeVisible();
	await page.keyboard.press('n');
	for (const [question, choice] of [
		['What would you like?', /^Dry cut/],
		['Where would you like to come?', /^Berlin Mitte/],
		['With whom?', /^Anyone who is free/]
	] as const) {
		await expect(page.getByRole('heading', { name: question }), 'each step begins with the one thing it asks').toBeFocused();
		await walk(choice);
		await page.keyboard.press('Enter');
	}
	await expect(page.locator('button[data-date]').first(), 'the calendar shows days').toBeVisible();
	await walk(/ \w+, (\d+ free times?|full|nobody works|closed.*|too soon to book)$/);
	const wanted = day!.date;
	await until(`the arrows lead to ${wanted}`, async () => {
		const at = await focus.getAttribute('data-date');
		if (at === wanted) return true;
		if (at) await page.keyboard.press(at < wanted ? 'ArrowRight' : 'ArrowLeft');
		return false;
	});
	await expect(focus, 'a day speaks its date and how much is free').toHaveAccessibleName(/\w+ \d+ \w+, \d+ free times?$/);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('radio').first(), 'its times are there').toBeVisible();
	await until('Tab leads into the times', async () => {
		if ((await focus.getAttribute('type')) === 'radio') return true;
		await page.keyboard.press('Tab');
		return false;
	});
	await page.keyboard.press('Space');
	await expect(page.getByRole('radio', { checked: true }), 'the space key chooses a time').toHaveCount(1);
	await page.keyboard.press('ArrowRight');
	const time = day!.times[1]!.start;
	await expect(page.getByRole('radio', { checked: true }), 'an arrow chooses the next').toHaveAccessibleName(time.time);
	await walk(/^Take /);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { name: 'Is everything right?' }), 'the last step').toBeFocused();
	await walk(/^Book this/);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { name: 'You are booked' }), 'no pointer was needed').toBeFocused();
});
