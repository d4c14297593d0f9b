import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { SvelteURL } from 'svelte/reactivity';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import { at } from '$lib/fixtures/civil';
import { portal } from '$lib/fixtures/portal';
import type { Host, Refusal, View } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
const goto = vi.hoisted(() => vi.fn());
vi.mock('$app/navigation', () => ({ goto }));
const page = vi.hoisted(() => ({ url: new URL('http://localhost/book') }));
vi.mock('$app/state', () => ({ page }));

const { HostTrouble } = await import('$lib/host');
const { businesses } = await import('$lib/features/businesses/businesses.svelte');
const { address } = await import('./address');
const { default: BookPage } = await import('./BookPage.svelte');

const catalogue = {
  ...{ view: 'catalogue', places: [], staff: [], categories: [], services: [], policies: [] },
  ...{ contact: { phone: '', email: '' }, welcome: '' },
};

beforeEach(async () => {
  const card = cardOf();
  fake.host = {
    ...{ kind: 'browser', businesses: async () => [card], current: async () => card.id },
    events: () => () => undefined,
  };
  await businesses.again();
});
afterEach(() => {
  cleanup();
  goto.mockReset();
  vi.unstubAllGlobals();
});

it.each([
  ['cannot be read', async () => Promise.reject(new HostTrouble({ code: 'offline' })), /cannot be reached/],
  ['are refused', async () => ({ is: 'refused', refusal: { code: 'not_signed_in' } }), /Sign in first/],
] as [string, Host['view'], RegExp][])(
  'says why the services %s, and asks again when told to',
  async (_, view, why) => {
    fake.host.view = view;
    render(BookPage);
    expect(await screen.findByText(why), 'not a skeleton for ever').toBeTruthy();
    const title = screen.getByRole('heading', { level: 1, name: 'Book' });
    expect(document.activeElement, 'it is heard where one is').toBe(title);
    fake.host.view = (async () => ({ is: 'screen', screen: catalogue })) as unknown as Host['view'];
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    const question = await screen.findByRole('heading', { name: 'What would you like?' });
    expect(document.activeElement, 'they are there now, and it goes on here').toBe(question);
  },
);

it('does not deny that a visit can be booked again when it only cannot be read', async () => {
  page.url = new URL('http://localhost/book?again=b');
  fake.host.view = async () => Promise.reject(new HostTrouble({ code: 'offline' }));
  render(BookPage);
  expect(await screen.findByText(/cannot be reached/), 'why').toBeTruthy();
  expect(goto, 'nobody is led away').not.toHaveBeenCalled();
  fake.host.view = async () => ({ is: 'refused', refusal: { code: 'not_found', facts: { what: 'booking' } } });
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await vi.waitFor(() => expect(goto, 'what is gone is').toHaveBeenCalledWith(address({}), { replaceState: true }));
});

it.each([
  ['refused', async () => ({ is: 'refused', refusal: { code: 'not_signed_in' } })],
  ['not asked', async () => Promise.reject(new HostTrouble({ code: 'not_signed_in' }))],
] as [string, Host['view']][])(
  'leads whoever is signed out by now to the sign-in and back to the visit, where the question is %s',
  async (_, view) => {
    page.url = new URL('http://localhost/book?again=b');
    fake.host.businesses = async () => [cardOf({ customer: null })];
    fake.host.view = view;
    await businesses.again();
    render(BookPage);
    const link = await screen.findByRole('link', { name: 'Sign in' });
    expect(link.getAttribute('href')).toBe('/sign-in?next=%2Fbook%3Fagain%3Db');
    expect(goto, 'the visit is there, as far as anybody knows').not.toHaveBeenCalled();
  },
);

it.each([
  [1, true, '/book?service=yoga&variant=one&place=mitte&with=ada&step=time'],
  [3, true, '/book?service=yoga&variant=one&place=mitte&with=ada&people=3&step=time'],
  [1, false, '/book?service=yoga&variant=one&place=mitte&with=*&step=time'],
])('books a visit of %i again for as many, whom they asked for too: %s', async (party, staff_chosen, to) => {
  page.url = new URL('http://localhost/book?again=b');
  const copied = { ticket: { booking: 'b' }, book_again: true, party, staff_chosen };
  const visit = { ...copied, ...{ service: 'yoga', variant: 'one', place: 'mitte', staff: 'ada' } };
  fake.host.view = (async (_business: string, { view }: View) => ({
    is: 'screen',
    screen: view === 'booking' ? { view, ...visit } : catalogue,
  })) as unknown as Host['view'];
  render(BookPage);
  await vi.waitFor(() => expect(goto).toHaveBeenLastCalledWith(to, { replaceState: true }));
});

it('keeps the focus on the title of the end, also when the answer brings another one', async () => {
  page.url = new URL('http://localhost/book?done=b');
  const scrollTo = vi.fn();
  vi.stubGlobal('scrollTo', scrollTo);
  let answer: (reply: unknown) => void = () => undefined;
  fake.host.view = (_business, { view }) =>
    new Promise((resolve) => {
      if (view === 'booking') answer = resolve as typeof answer;
    });
  render(BookPage);
  const title = (name: string) => screen.findByRole('heading', { level: 1, name });
  const first = await title('Book');
  expect(document.activeElement, 'before the answer').toBe(first);
  const money = { minor: 0, currency: 'EUR' };
  const ticket = {
    ...{ booking: 'b', service: 'Cut', variant: '', staff: 'Mara', place: 'Mitte', minutes: 60 },
    ...{ start: at('14:00'), end: at('15:00'), state: 'confirmed', waiting: false, price: money, paid: money },
  };
  answer({ is: 'screen', screen: { view: 'booking', ticket } });
  const second = await title('You are booked');
  expect(document.activeElement, 'and after it').toBe(second);
  expect(scrollTo, 'nobody who reads on is taken back to the top').toHaveBeenCalledTimes(1);
});

it('leaves the focus to the choices where the booking was refused', async () => {
  page.url = new URL('http://localhost/book?done=b');
  vi.stubGlobal('scrollTo', () => undefined);
  fake.host.view = async () => ({ is: 'refused', refusal: { code: 'not_found', facts: { what: 'booking' } } });
  const refusal: Refusal = { code: 'slot_taken', facts: { wanted: at('14:00'), alternatives: [] } };
  const command = { type: 'book@1', booking: 'b', start: at('14:00').at };
  fake.host.notices = async () => [{ id: 'n', about: 'Cut', at: at('13:00').at, command, refusal } as never];
  render(BookPage);
  const alert = await screen.findByRole('alert');
  expect(document.activeElement, 'where they are next in line').toBe(alert);
});

it('says that the choices were copied as long as they are those', async () => {
  const url = new SvelteURL('http://localhost/book?again=b');
  page.url = url;
  goto.mockImplementation((to: string) => (url.href = new URL(to, url).href));
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
  vi.stubGlobal('scrollTo', () => undefined);
  const variants = [{ id: 'one', name: '', minutes: 60, price: { minor: 100, currency: 'EUR' } }];
  const service = (id: string) => ({
    ...{ id, category: 'hair', name: id, description: '', variants, places: ['mitte'], staff: ['ada'] },
    ...{ choose_staff: true, online_booking: true, accept_automatically: true, capacity: 1 },
  });
  const salon = {
    ...{ ...catalogue, services: ['cut', 'colour'].map(service) },
    places: [{ id: 'mitte', name: 'Mitte', zone: 'Europe/Berlin', address: [], phone: '' }],
    staff: [{ id: 'ada', name: 'Ada', role: '', about: '', places: ['mitte'] }],
  };
  const copied = { party: 1, staff_chosen: true, book_again: true };
  const visit = { service: 'cut', variant: 'one', place: 'mitte', staff: 'ada', ...copied };
  const { ask } = portal(['2026-11-27']);
  fake.host.view = (async (_business: string, view: View) => {
    if (view.view === 'booking' && view.booking !== 'b') return { is: 'refused', refusal: { code: 'not_signed_in' } };
    if (view.view === 'booking') return { is: 'screen', screen: { ...view, ticket: { booking: 'b' }, ...visit } };
    return view.view === 'catalogue' ? { is: 'screen', screen: salon } : ask(view);
  }) as unknown as Host['view'];
  render(BookPage);
  const note = () => screen.queryByText('Copied from your earlier visit. Choose a new time.');
  await vi.waitFor(() => expect(note(), 'as it was copied').toBeTruthy());
  url.search = '?service=colour&step=time';
  await tick();
  expect(note(), 'another service was chosen').toBeNull();
  url.search = '?service=cut&step=time';
  await tick();
  expect(note(), 'back at the copied one').toBeTruthy();
  url.search = '?done=c';
  await tick();
  url.search = '?service=cut&step=time';
  await tick();
  expect(note(), 'that booking is made, and this is a new one').toBeNull();
});
