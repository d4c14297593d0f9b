import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import { at, civil } from '$lib/fixtures/civil';
import type { Host, Receipt, Refusal, View } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: vi.fn() }));

const { HostTrouble } = await import('$lib/host');
const { goto } = await import('$app/navigation');
const { toasts } = await import('$lib/components');
const { notes } = await import('./note.svelte');
const { default: Done } = await import('./Done.svelte');

const money = { minor: 0, currency: 'EUR' };
const ticket = {
  ...{ booking: 'b', service: 'Cut', variant: '', staff: 'Mara', place: 'Mitte', minutes: 60 },
  ...{ start: at('14:00'), end: at('15:00'), state: 'confirmed', waiting: false, price: money, paid: money },
};
const shown = (more: object = {}) =>
  (async () => ({ is: 'screen', screen: { view: 'booking', ticket: { ...ticket, ...more } } })) as unknown as never;
const refused = (refusal: Refusal) => (async () => ({ is: 'refused', refusal })) as Host['view'];
/** A booking that is not there, of a business that offers this. */
const gone = (catalogue: object) =>
  (async (_business: string, { view }: View) =>
    view === 'catalogue'
      ? { is: 'screen', screen: { view, ...catalogue } }
      : { is: 'refused', refusal: { code: 'not_found', facts: { what: 'booking' } } }) as unknown as Host['view'];

beforeEach(() => {
  fake.host = { kind: 'browser', view: shown(), notices: async () => [], events: () => () => undefined };
});
afterEach(cleanup);

const open = (card = cardOf()) => render(Done, { card, booking: 'b' } as never);

it('denies no booking that it only cannot read, and reads it when asked to', async () => {
  fake.host.view = async () => Promise.reject(new HostTrouble({ code: 'offline' }));
  open();
  expect(await screen.findByText('This appointment cannot be read now')).toBeTruthy();
  expect(screen.queryByText('This booking is not here any more'), 'it may well be there').toBeNull();
  fake.host.view = shown();
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'You are booked' }), 'and there it is').toBeTruthy();
});

it('says why a booking is not shown, and that it is gone only where that was said', async () => {
  fake.host.view = refused({ code: 'not_signed_in' });
  open();
  expect(await screen.findByText('Sign in first. Nothing is lost.'), 'not a skeleton for ever').toBeTruthy();
  expect(screen.queryByText('This booking is not here any more')).toBeNull();
  cleanup();
  fake.host.view = refused({ code: 'not_found', facts: { what: 'booking' } });
  open();
  expect(await screen.findByText('This booking is not here any more'), 'the business knows of none').toBeTruthy();
});

it('leads whoever is signed out by now to where asking again helps', async () => {
  fake.host.view = async () => Promise.reject(new HostTrouble({ code: 'not_signed_in' }));
  open(cardOf({ customer: null }));
  const link = await screen.findByRole('link', { name: 'Sign in' });
  expect(link.getAttribute('href'), 'and back to the ticket').toBe('/sign-in?next=%2Fbook%3Fdone%3Db');
});

it('says what holds for the ticket, also to whoever comes back later', async () => {
  open();
  await screen.findByRole('heading', { level: 1, name: 'You are booked' });
  expect(screen.getByRole('status').textContent, 'as it was booked').toContain('See you');
  for (const [more, says] of [
    [{ state: 'cancelled' }, 'Cancelled'],
    [{ state: 'completed' }, 'Completed'],
    [{ start: civil('2020-11-26', '14:00') }, 'Confirmed'],
  ] as const) {
    cleanup();
    fake.host.view = shown(more);
    open();
    expect(await screen.findByRole('heading', { level: 1, name: says })).toBeTruthy();
    expect(screen.getByRole('status').textContent, 'nobody is seen then').toBe('');
  }
});

it('says what has to happen first, where no network helps', async () => {
  fake.host.view = shown({ waiting: true });
  for (const [connection, first] of [
    ['storage', /^Kept, and sent when this device has room again\./],
    ['session_ended', /^Kept, and sent when you have signed in again\./],
    ['offline', /^It is sent as soon as there is a connection\./],
  ] as const) {
    cleanup();
    open(cardOf({ connection }));
    const said = await screen.findByText(/the time is not certain/);
    expect(said.textContent, connection).toMatch(first);
  }
});

it('ends no search for the reason in silence', async () => {
  fake.host.view = refused({ code: 'not_found', facts: { what: 'booking' } });
  fake.host.notices = async () => Promise.reject(new HostTrouble({ code: 'storage', facts: { detail: '' } }));
  open();
  expect(await screen.findByText('This booking is not here any more'), 'that much was said').toBeTruthy();
});

it('does not call a cancellation sent that waits', async () => {
  fake.host.view = shown({ state: 'cancelled', waiting: true });
  open(cardOf({ connection: 'offline' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Cancelled' })).toBeTruthy();
  expect(screen.getByRole('status').textContent).toMatch(/^Kept. The cancellation is sent as soon as/);
});

it('says with whom another time is, where that is somebody else than was asked for', async () => {
  const services = [{ id: 'cut', accept_automatically: true }];
  fake.host.view = gone({ staff: [{ id: 'noor', name: 'Noor' }], services });
  const refusal: Refusal = {
    code: 'slot_taken',
    facts: { wanted: at('14:00'), alternatives: ['noor', 'mara'].map((staff) => ({ start: at('16:00'), staff })) },
  };
  const command = { type: 'book@1', booking: 'b', service: 'cut', staff: 'mara', start: at('14:00').at };
  fake.host.notices = async () => [{ id: 'n', about: 'Cut', at: at('13:00').at, command, refusal } as never];
  open();
  expect(await screen.findByRole('button', { name: /^Book .*16:00 with Noor$/ })).toBeTruthy();
  expect(screen.getByRole('button', { name: /^Book .*16:00$/ }), 'who was asked for needs no name').toBeTruthy();
});

it.each([
  ['asks for another time where the business decides', false, /^Ask for .*16:00$/],
  ['books another time where nobody has to decide', true, /^Book .*16:00$/],
])('%s', async (_, accept_automatically, name) => {
  fake.host.view = gone({ staff: [], services: [{ id: 'cut', accept_automatically }] });
  const alternatives = [{ start: at('16:00'), staff: 'mara' }];
  const refusal: Refusal = { code: 'slot_taken', facts: { wanted: at('14:00'), alternatives } };
  const command = { type: 'book@1', booking: 'b', service: 'cut', start: at('14:00').at };
  fake.host.notices = async () => [{ id: 'n', about: 'Cut', at: at('13:00').at, command, refusal } as never];
  open();
  expect(await screen.findByRole('button', { name }), 'whoever was asked for').toBeTruthy();
});

it('calls a time taken only where that is why', async () => {
  fake.host.view = refused({ code: 'not_found', facts: { what: 'booking' } });
  const command = { type: 'book@1', booking: 'b', start: at('14:00').at };
  for (const [refusal, title] of [
    [{ code: 'slot_taken', facts: { wanted: at('14:00'), alternatives: [] } }, 'The time was taken'],
    [{ code: 'place_not_offered' }, 'Not accepted'],
  ] as [Refusal, string][]) {
    fake.host.notices = async () => [{ id: 'n', about: 'Cut', at: at('13:00').at, command, refusal } as never];
    open();
    expect(await screen.findByRole('heading', { level: 1, name: title })).toBeTruthy();
    cleanup();
  }
});

it('leads from a refusal without other times back to all of them, with what was chosen and written', async () => {
  fake.host.view = gone({ staff: [], services: [] });
  const refusal: Refusal = { code: 'slot_taken', facts: { wanted: at('14:00'), alternatives: [] } };
  const chosen = { service: 'yoga', variant: 'one', place: 'mitte', party: 3, note: 'By the window' };
  const command = { type: 'book@1', booking: 'b', start: at('14:00').at, ...chosen };
  fake.host.notices = async () => [{ id: 'n', about: 'Yoga', at: at('13:00').at, command, refusal } as never];
  open();
  await fireEvent.click(await screen.findByRole('button', { name: 'See all free times' }));
  const times = '/book?service=yoga&variant=one&place=mitte&with=*&people=3&step=time';
  expect(goto, 'all but the time').toHaveBeenCalledWith(times);
  expect(notes.of(cardOf()), 'the words were not said in vain').toBe('By the window');
});

it('leads nobody back who left while another time was taken, and tells them', async () => {
  fake.host.view = gone({ staff: [], services: [] });
  const alternatives = [{ start: at('16:00'), staff: 'mara' }];
  const refusal: Refusal = { code: 'slot_taken', facts: { wanted: at('14:00'), alternatives } };
  const command = { type: 'book@1', booking: 'b', start: at('14:00').at };
  fake.host.notices = async () => [{ id: 'n', about: 'Cut', at: at('13:00').at, command, refusal } as never];
  let answer = () => {};
  const waiting: Receipt = { is: 'waiting', command: 'c' };
  fake.host.execute = () => new Promise((resolve) => (answer = () => resolve(waiting)));
  fake.host.dismiss = vi.fn(async () => undefined);
  open();
  await fireEvent.click(await screen.findByRole('button', { name: /^Ask for .*16:00$/ }));
  cleanup();
  vi.mocked(goto).mockClear();
  answer();
  await vi.waitFor(() => expect(fake.host.dismiss, 'the refusal is done with').toHaveBeenCalledWith('1', 'n'));
  await new Promise((resolve) => setTimeout(resolve));
  expect(toasts.said.at(-1)?.text).toBe('What you booked is in your appointments.');
  expect(goto, 'they are somewhere else').not.toHaveBeenCalled();
});

it('says why another time could not be taken', async () => {
  fake.host.view = refused({ code: 'not_found', facts: { what: 'booking' } });
  const alternatives = [{ start: at('16:00'), staff: 'mara' }];
  const refusal: Refusal = { code: 'slot_taken', facts: { wanted: at('14:00'), alternatives } };
  const command = { type: 'book@1', booking: 'b', start: at('14:00').at };
  fake.host.notices = async () => [{ id: 'n', about: 'Cut', at: at('13:00').at, command, refusal } as never];
  fake.host.execute = async () => Promise.reject(new HostTrouble({ code: 'offline' }));
  open();
  await fireEvent.click(await screen.findByRole('button', { name: /^Ask for .*16:00$/ }));
  expect(await screen.findByText(/cannot be reached.*Nothing was booked/), 'no tap does nothing').toBeTruthy();
  expect(screen.getByRole('button', { name: /^Ask for .*16:00$/ }), 'and it can be tried again').toBeTruthy();
});
