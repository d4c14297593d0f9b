import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { Host } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: vi.fn() }));
vi.mock('$app/state', () => ({ page: { url: new URL('http://localhost/') } }));

const { default: AgendaList } = await import('../agenda/AgendaList.svelte');
const { default: BookingDetail } = await import('../booking/BookingDetail.svelte');
const { default: DoorPage } = await import('../door/DoorPage.svelte');
const { default: SignOut } = await import('../you/SignOut.svelte');
const { default: Wallet } = await import('../../../routes/wallet/+page.svelte');
const { businesses } = await import('../businesses/businesses.svelte');
const { nextOf } = await import('./next');

beforeEach(() => {
  fake.host = {
    kind: 'browser',
    view: async () => ({ is: 'refused', refusal: { code: 'not_signed_in' } }),
    movedEvents: async () => [],
    events: () => () => undefined,
    drawn: async () => undefined,
  };
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const pages = [
  ['the agenda', AgendaList, {}, '/agenda'],
  ['an appointment', BookingDetail, { booking: 'b' }, '/agenda/b'],
  ['the door', DoorPage, { place: 'north & south' }, '/check-in?place=north%20%26%20south'],
] as const;

it.each([...pages, ['the page of one’s own', SignOut, {}, '/you'], ['the pass', Wallet, {}, '/wallet']] as const)(
  'leads from %s to the sign-in, and from there back',
  async (_, page, props, back) => {
    const card = cardOf({ customer: null, wallets: ['apple'] });
    fake.host = { ...fake.host, businesses: async () => [card], current: async () => card.id };
    await businesses.again();
    render(page as typeof AgendaList, { card, ...props } as never);
    const link = screen.getByRole('link', { name: /^Sign in/ });
    const address = new URL(link.getAttribute('href')!, 'http://localhost');
    expect(address.pathname).toBe('/sign-in');
    expect(nextOf(address.searchParams), 'where it was wanted').toBe(back);
  },
);

describe('of whom nothing is known', () => {
  const unknown = cardOf({ customer: null, ready: false, connection: 'offline' });

  it.each(pages)('%s asks nobody to sign in', async (_, page, props) => {
    fake.host.view = async () => Promise.reject({ code: 'offline' });
    render(page as typeof AgendaList, { card: unknown, ...props } as never);
    await screen.findByText(/cannot be (opened|read) now/);
    expect(screen.getByText(/The business cannot be reached/), 'why, and what to do').toBeTruthy();
    expect(screen.queryByRole('link', { name: 'Sign in' }), 'they may be signed in').toBeNull();
  });

  it('is asked again who it is', async () => {
    fake.host.businesses = vi.fn(async () => [cardOf()]);
    fake.host.current = async () => '1';
    render(AgendaList, { card: unknown });
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await vi.waitFor(() => expect(businesses.current?.customer, 'the cards follow').toBe('me'));
  });

  it('does not blame the network for what broke elsewhere', () => {
    render(AgendaList, { card: { ...unknown, connection: 'online' } });
    expect(screen.getByText(/Something broke at the business/)).toBeTruthy();
  });

  it('an app knows by itself', () => {
    fake.host = { ...fake.host, kind: 'app' };
    render(AgendaList, { card: unknown });
    expect(screen.getByRole('link', { name: 'Sign in' })).toBeTruthy();
  });

  it('the page of one’s own asks nobody either', () => {
    render(SignOut, { card: unknown });
    expect(screen.queryByRole('link', { name: 'Sign in' })).toBeNull();
  });
});
