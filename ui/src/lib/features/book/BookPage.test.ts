import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { Host } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: vi.fn() }));
vi.mock('$app/state', () => ({ page: { url: new URL('http://localhost/book') } }));

const { HostTrouble } = await import('$lib/host');
const { businesses } = await import('$lib/features/businesses/businesses.svelte');
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
