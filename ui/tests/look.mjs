/**
 * Takes pictures of every screen in its states, and asks axe about each, so that a person can judge them:
 *
 *     node tests/look.mjs http://127.0.0.1:8787 [folder]
 *
 * The server must run with `--demo` and hold the sample business. Exits with 1 when axe finds something or when a page
 * scrolls sideways. The app's own states (waiting, refused) need its shell: `app-stand-in.mjs` answers in its place.
 */
import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { standIn } from './app-stand-in.mjs';

const server = process.argv[2] ?? 'http://127.0.0.1:8787';
const folder = process.argv[3] ?? new URL('./shots', import.meta.url).pathname;
mkdirSync(folder, { recursive: true });

const sizes = {
  phone: { width: 360, height: 740 },
  desktop: { width: 1280, height: 800 },
  small: { width: 320, height: 640 },
};
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const faults = [];

/** A window of one size and theme. */
async function open(size, theme, storage) {
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: theme,
    reducedMotion: 'reduce',
    deviceScaleFactor: size === 'desktop' ? 1 : 2,
    bypassCSP: true,
    baseURL: server,
    timezoneId: 'Europe/Berlin',
    ...(storage ? { storageState: storage } : {}),
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
  const shot = async (name) => {
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `${folder}/${name}-${size}-${theme}.png` });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) faults.push(`${name}-${size}-${theme}: scrolls sideways by ${wide}px`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const one of violations)
      faults.push(
        `${name}-${size}-${theme}: ${one.id}: ${one.nodes.map((node) => node.html.slice(0, 140)).join(' | ')}`,
      );
  };
  return { context, page, shot };
}

/** The six digits of the newest mail. */
async function digits(page) {
  const letters = await page.evaluate(() => fetch('/api/v1/mailbox').then((answer) => answer.json()));
  return /\b(\d{3}) ?(\d{3})\b/.exec(JSON.stringify(letters[0]))?.slice(1).join('') ?? '';
}

async function signIn({ page, shot }) {
  await page.goto('/');
  await page.getByRole('button', { name: 'Use the demo customer' }).waitFor();
  await shot('sign-in');
  await page.getByRole('button', { name: 'Use the demo customer' }).click();
  await page.getByLabel('Six digits').waitFor();
  await shot('digits');
  const code = await digits(page);
  await page.getByLabel('Six digits').fill(`Code: ${code.slice(0, 3)} ${code.slice(3)}`);
  await page.waitForURL('**/agenda');
  await page.getByRole('tab', { name: 'Upcoming' }).waitFor();
}

/** Gives an empty agenda something to show: two appointments, one of them moved and one cancelled. */
async function fill(page) {
  return page.evaluate(async () => {
    const ask = async (path, body) => {
      const answer = await fetch(`/api/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return answer.json();
    };
    const execute = (command) => ask('execute', { id: crypto.randomUUID(), command });
    const agenda = await ask('view', { view: 'agenda', tab: 'upcoming' });
    if (agenda.tickets.length > 0) return 'full';
    const catalogue = await ask('view', { view: 'catalogue' });
    const said = [];
    for (const service of catalogue.services.filter((one) => one.online_booking && one.capacity === 1).slice(0, 5)) {
      const of = { service: service.id, variant: service.variants[0].id, place: service.places.at(-1) };
      const month = await ask('view', { view: 'month', ...of });
      const day = month.days?.filter((one) => one.state.is === 'free')[said.length * 2];
      if (!day) continue;
      const { times } = await ask('view', { view: 'day', of, date: day.date });
      const booking = crypto.randomUUID();
      said.push(
        await execute({ type: 'book@1', booking, ...of, start: times[0].start.at, note: 'Please call me on arrival.' }),
      );
      if (said.length === 1) said.push(await execute({ type: 'reschedule@1', booking, start: times.at(-1).start.at }));
      if (said.length === 4) said.push(await execute({ type: 'cancel@1', booking, reason: 'I am ill' }));
    }
    return JSON.stringify(said);
  });
}

const only = process.env.ONLY?.split(',');
const runs = [
  ['phone', 'light'],
  ['desktop', 'light'],
  ['phone', 'dark'],
  ['desktop', 'dark'],
  ['small', 'light'],
].filter((run) => !only || only.includes(run.join('-')));

let storage;
for (const [size, theme] of runs) {
  const seen = await open(size, theme, storage && { ...storage, cookies: [] });
  await signIn(seen);
  const { page, shot, context } = seen;
  if (!storage) console.log(await fill(page));
  storage ??= await context.storageState();
  await page.goto('/agenda');
  await page.getByRole('tab', { name: 'Upcoming' }).waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  await shot('agenda');
  const first = page.locator('a[data-ticket]').first();
  if (await first.count()) {
    await first.click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await shot('booking');
    const cancel = page.getByRole('button', { name: 'Cancel appointment' });
    if (await cancel.count()) {
      await cancel.click();
      await page.getByRole('dialog').waitFor();
      await shot('cancel');
      await page.keyboard.press('Escape');
    }
    await page.goto('/agenda');
  }
  await page.getByRole('tab', { name: 'Past' }).click();
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  await shot('past');
  await page.getByRole('tab', { name: 'Cancelled' }).click();
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  await shot('cancelled');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByLabel('Name').fill('nothing is called this');
  await page.getByText('Nothing matches').waitFor();
  await shot('filter');
  await page.goto('/wallet');
  await page.getByRole('heading', { name: 'Wallet' }).waitFor();
  await shot('wallet');
  await page.goto('/you');
  await page.getByLabel('Name').waitFor();
  await shot('you');
  await page.goto('/agenda');
  await page.getByRole('tab', { name: 'Upcoming' }).waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  await context.setOffline(true);
  await page.getByText('Changes need a connection').waitFor();
  await shot('offline');
  await context.setOffline(false);
  await page.goto('/sign-in/link#token=none');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await shot('link');
  await context.close();

  const app = await open(size, theme);
  await app.page.addInitScript(standIn, { empty: true });
  await app.page.goto('/');
  await app.page.getByRole('button', { name: 'Open' }).waitFor();
  await app.shot('welcome');
  await app.context.close();

  const busy = await open(size, theme);
  await busy.page.addInitScript(standIn, { empty: false });
  await busy.page.goto('/');
  await busy.page.getByRole('tab', { name: 'Upcoming' }).waitFor();
  await busy.page.locator('a[data-ticket]').first().waitFor();
  await busy.shot('app-agenda');
  await busy.page.screenshot({ path: `${folder}/app-agenda-full-${size}-${theme}.png`, fullPage: true });
  await busy.page.goto('/you');
  await busy.page.getByRole('heading', { name: 'Your calendar' }).waitFor();
  await busy.page.screenshot({ path: `${folder}/app-you-full-${size}-${theme}.png`, fullPage: true });
  await busy.shot('app-you');
  await busy.context.close();
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults; pictures in ${folder}`);
process.exit(faults.length > 0 ? 1 : 0);
