import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import { civil } from '$lib/fixtures/civil';
import type { Event, Host } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { HostTrouble } = await import('$lib/host');
const { tick } = await import('$lib/time');
const { default: DoorPage } = await import('./DoorPage.svelte');

const money = { minor: 0, currency: 'EUR' };
/** An appointment of today, at the place that the door belongs to. */
const start = civil(new Date().toISOString().slice(0, 10), '14:00', '+00:00', 'UTC');
const ticket = {
  ...{ booking: 'b', service: 'Cut', variant: '', staff: 'Mara', place: 'Mitte', minutes: 60, start, end: start },
  ...{ state: 'confirmed', waiting: false, price: money, paid: money },
};
let there: boolean;
let tell: (event: Event) => void;
let stop: () => void;
/** The clock of the screens looks at the time. */
const look = () => document.dispatchEvent(new Event('visibilitychange'));

const answers: Host['view'] = async (_, { view }) =>
  (view === 'agenda'
    ? { is: 'screen', screen: { view, tickets: [ticket], next: null } }
    : {
        is: 'screen',
        screen: { view, ticket, checked_in: there ? start : null, actions: { check_in: { refusal: null } } },
      }) as never;

beforeEach(() => {
  there = false;
  stop = tick();
  fake.host = {
    kind: 'browser',
    view: answers,
    execute: async () => {
      there = true;
      return { is: 'accepted', command: 'c' } as never;
    },
    events: (heard) => {
      tell = heard;
      return () => undefined;
    },
  };
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  look();
  stop();
});

const open = (card = cardOf()) => render(DoorPage, { card, place: 'p' } as never);
const none = () => screen.queryByText('No appointment today');

it('denies no appointment that it only cannot read, and reads it when asked to', async () => {
  fake.host.view = async () => Promise.reject(new HostTrouble({ code: 'offline' }));
  open();
  expect(await screen.findByText('This list cannot be read now')).toBeTruthy();
  expect(none(), 'there may well be one').toBeNull();
  fake.host.view = answers;
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('button', { name: 'Check in' }), 'and there it is').toBeTruthy();
});

it.each([
  ['2036-11-26T23:50:00Z', '2036-11-27', '00:15', true, 'the counter expects them, too'],
  ['2036-11-27T00:05:00Z', '2036-11-26', '23:45', true, 'it has begun'],
  ['2036-11-26T23:50:00Z', '2036-11-27', '10:00', false, 'that is another day'],
] as const)('at %s has an appointment of %s at %s: %s', async (now, date, time, has, why) => {
  vi.setSystemTime(now);
  look();
  const near = { ...ticket, start: civil(date, time, '+00:00', 'UTC') };
  fake.host.view = async (business, view) =>
    view.view === 'agenda'
      ? ({ is: 'screen', screen: { view: 'agenda', tickets: [near], next: null } } as never)
      : answers(business, view);
  open();
  expect(await screen.findByText(has ? 'Cut' : 'No appointment today'), why).toBeTruthy();
});

it('says why a list is refused', async () => {
  fake.host.view = async () => ({ is: 'refused', refusal: { code: 'not_signed_in' } });
  open();
  expect(await screen.findByText('Sign in first. Nothing is lost.')).toBeTruthy();
  expect(none(), 'nobody said that').toBeNull();
});

it('follows what happens elsewhere', async () => {
  open();
  await screen.findByRole('button', { name: 'Check in' });
  there = true;
  tell({ event: 'changed', business: '1' });
  await vi.waitFor(() => expect(screen.queryByRole('button', { name: 'Check in' })).toBeNull());
});

it('checks in once, says so, and keeps what it shows when it cannot be read again', async () => {
  open();
  const button = await screen.findByRole('button', { name: 'Check in' });
  fake.host.view = async () => Promise.reject(new HostTrouble({ code: 'offline' }));
  await fireEvent.click(button);
  expect(await screen.findByText('You are checked in.')).toBeTruthy();
  expect(screen.queryByText('This list cannot be read now'), 'it is still there').toBeNull();
});

it('keeps the focus at the appointment that was checked in, although its button is gone', async () => {
  open();
  const button = await screen.findByRole('button', { name: 'Check in' });
  button.focus();
  await fireEvent.click(button);
  await vi.waitFor(() => expect(button.isConnected).toBe(false));
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByRole('region', { name: 'Cut' })));
});
