import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { SvelteURL } from 'svelte/reactivity';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import { at, day } from '$lib/fixtures/civil';
import { portal } from '$lib/fixtures/portal';
import type { Civil, Command, Event, Host, Receipt, Trouble } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host>, page: { url: new URL('http://localhost/book') } }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: vi.fn() }));
vi.mock('$app/state', () => ({ page: fake.page }));

const { goto } = await import('$app/navigation');
const { address, doneAddress } = await import('./address');
const { notes } = await import('./note.svelte');
const { toasts } = await import('$lib/components');
const { default: Wizard } = await import('./Wizard.svelte');

const catalogue = {
  places: [{ id: 'mitte', name: 'Mitte', zone: 'Europe/London', address: [], phone: '' }],
  staff: [{ id: 'ada', name: 'Ada', role: '', about: '', places: ['mitte'] }],
  categories: [{ id: 'hair', name: 'Hair', order: 0 }],
  services: [
    {
      ...{ id: 'cut', category: 'hair', name: 'Cut', description: '', instructions: '' },
      variants: [{ id: 'one', name: '', minutes: 60, price: { minor: 100, currency: 'EUR' } }],
      ...{ places: ['mitte'], staff: ['ada'], choose_staff: true, online_booking: true },
      ...{ accept_automatically: true, capacity: 1 },
    },
  ],
  ...{ policies: [], contact: { phone: '', email: '' }, welcome: '' },
};
const draft = { service: 'cut', variant: 'one', place: 'mitte', person: 'ada', date: day };

let times: Civil[];
let given: Command[];
let trouble: Trouble | undefined;
let tell: (event: Event) => void;

beforeEach(() => {
  [times, given, trouble, toasts.said] = [[at('14:00')], [], undefined, []];
  const listeners = new Set<(event: Event) => void>();
  tell = (event) => listeners.forEach((listener) => listener(event));
  fake.page.url = new URL(address({ ...draft, at: at('14:00').at }, 'review'), 'http://localhost');
  fake.host = {
    kind: 'browser',
    view: vi.fn(async () => ({
      is: 'screen',
      screen: {
        ...{ view: 'day', date: day, state: { is: 'free', times: times.length } },
        times: times.map((start) => ({
          ...{ start, end: at('15:00'), staff: ['ada'], seats: null, cancel_until: null, reschedule_until: null },
        })),
      },
    })) as unknown as Host['view'],
    execute: async (_business, command) => {
      given.push(command);
      if (trouble) throw trouble;
      return { is: 'accepted', outcome: { is: 'booked', booking: 'b', confirmed: true } };
    },
    clashes: async () => [],
    events: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
  };
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function press() {
  render(Wizard, { card: cardOf(), catalogue, note: '' } as never);
  await screen.findAllByText('14:00 – 15:00');
  await fireEvent.click(screen.getByRole('button', { name: 'Book this' }));
}

it('does not say that nothing was booked where nobody knows, and can be pressed again', async () => {
  trouble = { code: 'no_answer' };
  await press();
  const alert = await screen.findByRole('alert');
  expect(alert.textContent, 'it may be there').toContain('It may be booked all the same');
  expect(alert.textContent, 'so this would be a lie').not.toContain('Nothing was booked');
  expect(screen.getByRole('link', { name: 'See all appointments' }).getAttribute('href')).toBe('/agenda');
  // It was booked: its time is not free any more.
  [times, trouble] = [[], undefined];
  tell({ event: 'changed', business: '1' });
  await vi.waitFor(() => expect(fake.host.view).toHaveBeenCalledTimes(2));
  await tick();
  expect(screen.queryAllByText('14:00 – 15:00').length, 'and stays in view').toBeGreaterThan(0);
  await fireEvent.click(screen.getByRole('button', { name: 'Book this' }));
  await vi.waitFor(() => expect(goto, 'the answer is there').toHaveBeenCalled());
  expect(given[1], 'the same words, so that the host asks and books nothing twice').toEqual(given[0]);
  const [first] = given;
  const made = first?.type === 'book@1' ? first.booking : '';
  expect(goto, 'and it ends where every booking ends').toHaveBeenCalledWith(doneAddress(made), { replaceState: true });
});

it.each([
  ['booked', { is: 'accepted', outcome: { is: 'booked', booking: 'b', confirmed: true } }, /in your appointments/],
  ['refused', { is: 'refused', refusal: { code: 'place_not_offered' } }, /^Nothing was booked\. ./],
  ['unknown', { code: 'no_answer' }, /may be booked all the same/],
] as [string, Receipt | Trouble, RegExp][])(
  'tells whoever left meanwhile that it is %s, and leads nobody back',
  async (_, answer, says) => {
    let settle = () => {};
    fake.host.execute = () =>
      new Promise((resolve, reject) => (settle = () => ('is' in answer ? resolve(answer) : reject(answer))));
    await press();
    cleanup();
    vi.mocked(goto).mockClear();
    notes.write(cardOf(), 'For another booking');
    settle();
    await vi.waitFor(() => expect(toasts.said.at(-1)?.text, 'wherever they are').toMatch(says));
    expect(goto, 'they are somewhere else').not.toHaveBeenCalled();
    expect(notes.of(cardOf()), 'what was begun since stays').toBe('For another booking');
  },
);

it('says why nothing was booked to whoever went back a step', async () => {
  let refuse = () => {};
  const refused: Receipt = { is: 'refused', refusal: { code: 'place_not_offered' } };
  fake.host.execute = () => new Promise((resolve) => (refuse = () => resolve(refused)));
  const url = new SvelteURL(fake.page.url);
  fake.page.url = url;
  vi.stubGlobal('scrollTo', () => undefined);
  await press();
  url.searchParams.set('step', 'service');
  await screen.findByRole('heading', { name: 'What would you like?' });
  const before = toasts.said.at(-1);
  refuse();
  await vi.waitFor(() => expect(toasts.said.at(-1), 'it stands nowhere else').not.toBe(before));
  expect(toasts.said.at(-1)?.text).toMatch(/^Nothing was booked/);
});

it('leads to a booking that an earlier try made', async () => {
  trouble = { code: 'booked_before', facts: { booking: 'earlier' } };
  await press();
  expect((await screen.findByRole('alert')).textContent).toContain('Your earlier try came through');
  expect(screen.getByRole('link', { name: 'Open this appointment' }).getAttribute('href')).toBe('/agenda/earlier');
  expect(screen.getByRole('button', { name: 'Book this' }), 'whoever wants both presses again').toBeTruthy();
});

it('asks nobody to sign in of whom nothing can be known', async () => {
  const unknown = cardOf({ customer: null, ready: false, connection: 'offline' });
  render(Wizard, { card: unknown, catalogue, note: '' } as never);
  expect(screen.getByText(/The browser cannot book without a connection/), 'why not, and what is safe').toBeTruthy();
  expect(screen.getByRole('button', { name: 'Try again' }), 'the one sensible act').toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Sign in to book' }), 'they may be signed in').toBeNull();
  cleanup();
  render(Wizard, { card: cardOf({ customer: null }), catalogue, note: '' } as never);
  expect(screen.getByRole('link', { name: 'Sign in to book' }), 'of whom the server said so').toBeTruthy();
});

it('says that nothing was booked where that is certain', async () => {
  trouble = { code: 'offline' };
  await press();
  expect((await screen.findByRole('alert')).textContent).toContain('Nothing was booked');
});

it('takes another time with somebody else as it was offered, and calls it a question where it is one', async () => {
  const [[cut], [ada]] = [catalogue.services, catalogue.staff];
  const asking = {
    ...catalogue,
    staff: [ada, { ...ada, id: 'noor', name: 'Noor' }],
    services: [{ ...cut, staff: ['ada', 'noor'], accept_automatically: false }],
  };
  const alternatives = [{ start: at('16:00'), staff: 'noor' }];
  fake.host.execute = async (_business, command) => {
    given.push(command);
    return { is: 'refused', refusal: { code: 'slot_taken', facts: { wanted: at('14:00'), alternatives } } };
  };
  render(Wizard, { card: cardOf(), catalogue: asking, note: '' } as never);
  await fireEvent.click(screen.getByRole('button', { name: 'Ask for this time' }));
  await fireEvent.click(await screen.findByRole('button', { name: /^Ask for .*16:00 with Noor$/ }));
  await vi.waitFor(() => expect(given.length, 'it is asked for').toBe(2));
  expect(given[1], 'with whom, and when').toMatchObject({ staff: 'noor', start: at('16:00').at });
});

it('offers a time that can be chosen where the person of the address is gone', async () => {
  const { ask } = portal(['2026-11-27']);
  fake.page.url = new URL(address({ ...draft, person: 'gone' }, 'time'), 'http://localhost');
  fake.host.view = (_business, view) => ask(view);
  render(Wizard, { card: cardOf(), catalogue, note: '' } as never);
  await fireEvent.click(screen.getByRole('button', { name: 'Show next free times' }));
  await fireEvent.click(await screen.findByRole('radio', { name: '08:00' }));
  const { person: _, ...others } = draft;
  const picked = { ...others, date: '2026-11-27', at: '2026-11-27T07:00:00Z' };
  expect(goto, 'without whom nobody can choose').toHaveBeenCalledWith(address(picked, 'time'), expect.anything());
});
