/**
 * Draws the screens of booking in their states and checks each with axe and for sideways scrolling:
 * `node tests/standin/look-book.mjs [folder] [address of a dev server]`.
 */
import AxeBuilder from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { FORMER, standIn } from './portal.mjs';

const folder = process.argv[2] ?? 'tests/standin/pictures';
const base = process.argv[3] ?? 'http://127.0.0.1:5173';
const only = process.argv[4];
mkdirSync(folder, { recursive: true });

const CUT = 'service=cut&variant=short&place=mitte';
const CHOSEN = `${CUT}&with=*&date=2026-11-27&at=2026-11-27T13%3A00%3A00.000Z`;
const long = 'service=curls&variant=one&place=neukoelln&with=ben&date=2026-11-27&at=2026-11-27T13%3A00%3A00.000Z';
const pages = [
  ['service', '/book'],
  ['service-none', '/book', async (page) => page.getByRole('searchbox').fill('unicorn')],
  ['service-empty', '/book', undefined, { empty: true }],
  ['place', '/book?service=cut&variant=short'],
  ['person', `/book?${CUT}`],
  ['time-open', `/book?${CUT}&with=*`],
  ['time', `/book?${CHOSEN}&step=time`],
  ['time-lisbon', '/book?service=cut&variant=short&place=graca&with=*&date=2026-11-27&step=time'],
  [
    'time-list',
    `/book?${CHOSEN}&step=time`,
    async (page) => page.getByRole('button', { name: 'Show next free times' }).click(),
  ],
  ['time-seats', '/book?service=class&variant=one&with=*&date=2026-11-27&step=time'],
  ['time-none', `/book?${CUT}&with=*`, undefined, { none: true }],
  [
    'time-offline',
    `/book?${CHOSEN}&step=time`,
    async (page, options) => {
      options.offline = true;
      await page.evaluate(() => fetch('/api/v1/hello').catch(() => {}));
      await page.getByRole('button', { name: /Show December/ }).click();
      await page.getByRole('button', { name: /Show January/ }).click();
    },
  ],
  ['review', `/book?${CHOSEN}`],
  ['review-long', `/book?${long}`],
  ['review-guest', `/book?${CHOSEN}`, undefined, { signedIn: false }],
  [
    'refused',
    `/book?${CUT}&with=ada&date=2026-11-27&at=2026-11-27T13%3A00%3A00.000Z`,
    async (page) => {
      await page.getByRole('button', { name: 'Book this' }).click();
      await page.getByRole('list', { name: 'Next best times' }).waitFor();
    },
    { refuse: true },
  ],
  [
    'done',
    `/book?${CHOSEN}`,
    async (page) => {
      await page.getByRole('button', { name: 'Book this' }).click();
      await page.getByRole('heading', { name: 'You are booked' }).waitFor();
    },
  ],
  ['again', `/book?again=${FORMER}`],
  ['move', `/agenda/${FORMER}`, openMove],
  ['move-approve', `/agenda/${FORMER}`, approveMove],
  [
    'move-refused',
    `/agenda/${FORMER}`,
    async (page) => {
      await approveMove(page);
      await page.getByRole('button', { name: /^Move to/ }).click();
      await page
        .getByRole('button', { name: /^Move to/ })
        .first()
        .waitFor();
    },
    { refuse: true },
  ],
  [
    'move-done',
    `/agenda/${FORMER}`,
    async (page) => {
      await approveMove(page);
      await page.getByRole('button', { name: /^Move to/ }).click();
      await page.getByRole('button', { name: 'Done' }).waitFor();
    },
  ],
];

async function openMove(page) {
  await page.locator('[data-key="reschedule"]').click();
  await page.getByRole('gridcell').first().waitFor();
}
async function approveMove(page) {
  await openMove(page);
  await page.getByRole('button', { name: /^Saturday 28 November/ }).click();
  await page.getByRole('radio', { name: '10:00' }).check({ force: true });
  await page.getByRole('button', { name: 'Look at the change' }).click();
}
const sizes = { phone: [360, 740], narrow: [320, 640], desktop: [1280, 800] };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
let bad = 0;
for (const [size, [width, height]] of Object.entries(sizes)) {
  for (const scheme of size === 'narrow' ? ['light'] : ['light', 'dark']) {
    for (const [name, path, act, more] of pages) {
      if (only && !new RegExp(only).test(`${name}-${size}-${scheme}`)) continue;
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: scheme,
        locale: 'en-GB',
        timezoneId: 'Europe/Berlin',
        reducedMotion: 'reduce',
      });
      const options = { signedIn: true, ...more };
      await standIn(context, options);
      const page = await context.newPage();
      const errors = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on(
        'console',
        (message) =>
          message.type() === 'error' &&
          !message.text().includes('ERR_CONNECTION') &&
          !/status of (4|5)/.test(message.text()) &&
          errors.push(message.text()),
      );
      await page.goto(base + path);
      await page.locator('h1').first().waitFor({ state: 'attached' });
      await page.waitForLoadState('networkidle');
      try {
        await act?.(page, options);
        await page.waitForTimeout(150);
        await page.screenshot({ path: `${folder}/${name}-${size}-${scheme}.png`, fullPage: false });
        if (size !== 'narrow')
          await page.screenshot({ path: `${folder}/${name}-${size}-${scheme}-full.png`, fullPage: true });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        const { violations } = await new AxeBuilder({ page }).analyze();
        for (const { id, nodes } of violations)
          errors.push(`axe ${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
        if (wide > 0) errors.push(`scrolls sideways by ${wide}px`);
      } catch (error) {
        errors.push(String(error).slice(0, 300));
        await page.screenshot({ path: `${folder}/${name}-${size}-${scheme}-failed.png` }).catch(() => {});
      }
      if (errors.length) bad += 1;
      console.log(
        `${errors.length ? '✗' : '✓'} ${name} ${size} ${scheme}${errors.map((error) => `\n    ${error}`).join('')}`,
      );
      await context.close();
    }
  }
}
await browser.close();
console.log(`${bad} with faults`);
process.exit(bad ? 1 : 0);
