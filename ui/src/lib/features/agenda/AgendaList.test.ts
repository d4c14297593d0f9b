import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { Host } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: vi.fn() }));

const { default: AgendaList } = await import('./AgendaList.svelte');
const { firstScreen } = await import('../shell/first-screen.svelte');

const moment = {
  at: '2036-11-26T13:00:00Z',
  date: '2036-11-26',
  time: '14:00',
  offset: '+01:00',
  zone: 'Europe/Berlin',
};
const ticket = (number: number) => ({
  booking: `${number}`,
  service: `Cut ${number}`,
  variant: '',
  staff: 'Mara',
  place: 'Mitte',
  start: moment,
  end: { ...moment, time: '15:00' },
  minutes: 60,
  state: 'confirmed',
  waiting: false,
  price: { minor: 100, currency: 'EUR' },
  paid: { minor: 0, currency: 'EUR' },
  no_reschedule: null,
  no_cancel: null,
});

const links = () => screen.queryAllByRole('link', { name: /Cut/ }).length;
let frames: FrameRequestCallback[];

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame));
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
  const tickets = Array.from({ length: 50 }, (_, number) => ticket(number));
  fake.host = {
    view: async () => ({ is: 'screen', screen: { view: 'agenda', tickets, next: null } }) as never,
    outbox: async () => [],
    notices: async () => [],
    movedEvents: async () => [],
    events: () => () => undefined,
    drawn: vi.fn(async () => undefined),
  };
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it('shows what a window holds in its first frame, says so, and then the rest', async () => {
  const card = { id: '1', name: 'Rye', customer: 'me', ready: true, waiting: 0, refused: 0, connection: 'online' };
  render(AgendaList, { card: card as never });
  await waitFor(() => expect(links()).toBeGreaterThan(0));
  expect(links(), 'the first frame is small').toBe(8);
  await waitFor(() => expect(frames.length, 'it waits for the painting').toBeGreaterThan(0));
  expect(fake.host.drawn, 'nothing is painted yet').not.toHaveBeenCalled();
  for (const frame of frames.splice(0)) frame(0);
  await waitFor(() => expect(links(), 'all that was read').toBe(50));
  expect(fake.host.drawn, 'whoever measures is told once').toHaveBeenCalledTimes(1);
});

it('is a first screen also where the list cannot be read: others wait for it', async () => {
  fake.host.view = async () => Promise.reject({ code: 'storage', facts: { detail: 'full' } });
  const drawn = vi.spyOn(firstScreen, 'drawn');
  const card = { id: '1', name: 'Rye', customer: 'me', ready: true, waiting: 0, refused: 0, connection: 'online' };
  render(AgendaList, { card: card as never });
  await screen.findByRole('button', { name: 'Try again' });
  expect(drawn, 'what is wrong stands there').toHaveBeenCalled();
});
