import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { Host } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: vi.fn() }));
vi.mock('$app/state', () => ({ page: { url: new URL('http://localhost/') } }));

const { default: AgendaList } = await import('../agenda/AgendaList.svelte');
const { default: BookingDetail } = await import('../booking/BookingDetail.svelte');
const { default: DoorPage } = await import('../door/DoorPage.svelte');
const { nextOf } = await import('./next');

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it.each([
  ['the agenda', AgendaList, {}, '/agenda'],
  ['an appointment', BookingDetail, { booking: 'b' }, '/agenda/b'],
  ['the door', DoorPage, { place: 'north & south' }, '/check-in?place=north%20%26%20south'],
])('leads from %s to the sign-in, and from there back', async (_, page, props, back) => {
  fake.host = {
    kind: 'browser',
    view: async () => ({ is: 'refused', refusal: { code: 'not_signed_in' } }),
    movedEvents: async () => [],
    events: () => () => undefined,
    drawn: async () => undefined,
  };
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
  render(page as typeof AgendaList, { card: cardOf({ customer: null }), ...props } as never);
  const link = screen.getByRole('link', { name: 'Sign in' });
  const address = new URL(link.getAttribute('href')!, 'http://localhost');
  expect(address.pathname).toBe('/sign-in');
  expect(nextOf(address.searchParams), 'where it was wanted').toBe(back);
});
