import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { Host, View } from '$lib/host';

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
afterEach(cleanup);

it.each([
  ['cannot be read', async () => Promise.reject(new HostTrouble({ code: 'offline' })), /cannot be reached/],
  ['are refused', async () => ({ is: 'refused', refusal: { code: 'not_signed_in' } }), /Sign in first/],
] as [string, Host['view'], RegExp][])(
  'says why the services %s, and asks again when told to',
  async (_, view, why) => {
    fake.host.view = view;
    render(BookPage);
    expect(await screen.findByText(why), 'not a skeleton for ever').toBeTruthy();
    fake.host.view = (async () => ({ is: 'screen', screen: catalogue })) as unknown as Host['view'];
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'What would you like?' }), 'they are there now').toBeTruthy();
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
  [1, '/book?service=yoga&variant=one&place=mitte&with=ada&step=time'],
  [3, '/book?service=yoga&variant=one&place=mitte&with=ada&people=3&step=time'],
])('books a visit of %i again for as many', async (party, to) => {
  page.url = new URL('http://localhost/book?again=b');
  const copied = { ticket: { booking: 'b' }, book_again: true, party };
  const visit = { ...copied, ...{ service: 'yoga', variant: 'one', place: 'mitte', staff: 'ada' } };
  fake.host.view = (async (_business: string, { view }: View) => ({
    is: 'screen',
    screen: view === 'booking' ? { view, ...visit } : catalogue,
  })) as unknown as Host['view'];
  render(BookPage);
  await vi.waitFor(() => expect(goto).toHaveBeenLastCalledWith(to, { replaceState: true }));
});
