import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import { at, day as date } from '$lib/fixtures/civil';
import { deviceEastOfUtc } from '$lib/fixtures/device';
import type { Event, Host, Refusal, Trouble } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

// What a sheet is made of comes when one is opened: here it is there before anybody waits.
await import('$lib/components/SheetDialog.svelte');
// The calendar asks how much may move, which is not known here.
vi.stubGlobal('matchMedia', () => Object.assign(new EventTarget(), { matches: false }));
const { businesses } = await import('$lib/features/businesses/businesses.svelte');
const { HostTrouble } = await import('$lib/host');
const { sayRefusal } = await import('$lib/words');
const { default: RescheduleSheet } = await import('./RescheduleSheet.svelte');

const paid = { minor: 0, currency: 'EUR' };
const booking = {
  ticket: { booking: 'b', service: 'Cut', staff: 'Mara', start: at('14:00'), end: at('15:00'), paid },
  ...{ service: 's', variant: 'v', place: 'p', staff: 'm', party: 1 },
  actions: {
    reschedule: { refusal: null, until: at('12:00'), not_refunded: null },
    cancel: { refusal: null, until: null, not_refunded: null },
  },
};
const state = { is: 'free', times: 2 };
const free = (from: string, to: string) => ({
  ...{ start: at(from), end: at(to), staff: ['m'], seats: null },
  reschedule_until: at('12:00'),
});
const day = { view: 'day', date, state, times: [free('14:00', '15:00'), free('16:00', '17:00')] };
const month = {
  ...{ view: 'month', month: '2036-11-01', days: [{ date, state }], today: date, last: '2036-11-30' },
  ...{ zone: 'Europe/London', next_free: null },
};

let trouble: Trouble;

beforeEach(() => {
  fake.host = {
    kind: 'browser',
    view: async (_, { view }) => ({ is: 'screen', screen: view === 'month' ? month : day }) as never,
    execute: async () => Promise.reject(trouble),
    clashes: async () => [],
    events: () => () => undefined,
  };
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

async function approve() {
  const onclose = () => undefined;
  render(RescheduleSheet, { booking, wanted: at('16:00'), onclose } as never);
  await fireEvent.click(await screen.findByRole('button', { name: /^Move to / }));
}

async function move() {
  await approve();
  return (await screen.findByRole('alert')).textContent;
}

it('names the zone of both times and of the deadline where the clock of the device differs', async () => {
  deviceEastOfUtc(60);
  render(RescheduleSheet, { booking, wanted: at('16:00'), onclose: () => undefined } as never);
  const sentence = await screen.findByText(/^Move from .*14:00 \(London time\) to .*16:00 \(London time\)\.$/);
  expect(sentence, 'nobody takes either for their own').toBeTruthy();
  expect(screen.getByText(/^After that you can move it until .*12:00 \(London time\)\.$/)).toBeTruthy();
});

it('advises nobody to cancel where that is refused', async () => {
  const refusal: Refusal = { code: 'switched_off', facts: { act: 'cancel' } };
  const actions = { ...booking.actions, cancel: { ...booking.actions.cancel, refusal } };
  render(RescheduleSheet, { booking: { ...booking, actions }, onclose: () => undefined } as never);
  expect(await screen.findByText(/To change those, please get in touch with the business\./)).toBeTruthy();
  cleanup();
  render(RescheduleSheet, { booking, onclose: () => undefined } as never);
  expect(await screen.findByText(/To change those, cancel and book again\./)).toBeTruthy();
});

it('promises the present time only where it is certain', async () => {
  trouble = { code: 'no_answer' };
  const said = await move();
  expect(said, 'it may have another one by now').toContain('It may have been moved all the same');
  expect(said, 'so this would be a lie').not.toContain('stays yours');
  cleanup();
  trouble = { code: 'offline' };
  expect(await move(), 'nothing has left this browser').toContain('Your present time stays yours');
  await fireEvent.click(screen.getByRole('button', { name: 'Another time' }));
  expect(screen.getByText(/You can move this until/)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Keep the present time' })).toBeTruthy();
});

it('goes back to the time it had, where a move without an answer may have come through', async () => {
  trouble = { code: 'no_answer' };
  await move();
  await fireEvent.click(screen.getByRole('button', { name: 'Another time' }));
  expect(screen.queryByText('Now'), 'nor where it is now').toBeNull();
  expect(screen.queryByText(/You can move this until/), 'nor until when it can be moved').toBeNull();
  expect(screen.queryByRole('button', { name: 'Keep the present time' }), 'nor what would be kept').toBeNull();
  expect(screen.getByRole('button', { name: 'Leave it as it is' })).toBeTruthy();
  await fireEvent.click(await screen.findByRole('radio', { name: /14:00/ }));
  expect(screen.queryByText('That is the present time.'), 'nobody knows that').toBeNull();
  await fireEvent.click(screen.getByRole('button', { name: 'Look at the change' }));
  expect(screen.getByText(/whether the earlier move came through or not/), 'no move from 14:00 to 14:00').toBeTruthy();
  expect(screen.getByRole('button', { name: /^Move to .*14:00/ })).toBeTruthy();
});

it('promises nothing, either, once the session ended or the network went after a try without an answer', async () => {
  trouble = { code: 'no_answer' };
  await move();
  trouble = { code: 'not_signed_in' };
  const dialog = screen.getByRole('dialog');
  await fireEvent.click(screen.getByRole('button', { name: /^Move to / }));
  await vi.waitFor(() => expect(dialog.textContent).toContain('Your session has ended'));
  expect(dialog.textContent, 'it may have been moved while the session lasted').not.toContain('stays yours');
  const card = cardOf({ connection: 'offline' });
  Object.assign(fake.host, { businesses: async () => [card], current: async () => card.id });
  await businesses.again();
  await tick();
  expect(dialog.textContent, 'the same of a browser without a connection').not.toContain('stays yours');
  cleanup();
  trouble = { code: 'offline' };
  expect(await move(), 'nothing was tried before').toContain('stays yours');
  expect(screen.getByRole('dialog').textContent, 'so why it cannot be moved is said').toContain('You are offline');
});

describe('a move that was kept', () => {
  const money = { minor: 0, currency: 'EUR' };
  const card = cardOf();
  /** What the appointment's page would show; nothing where it cannot be read. */
  let ticket: object | undefined;
  let tell: (event: Event) => void;
  const stands = (from: string, waiting: boolean) => ({
    ...{ ...booking.ticket, variant: '', place: 'Mitte', minutes: 60, state: 'confirmed', price: money },
    ...{ start: at(from), waiting },
  });

  beforeEach(async () => {
    const read = fake.host.view!;
    const listeners = new Set<(event: Event) => void>();
    tell = (event) => listeners.forEach((listener) => listener(event));
    ticket = undefined;
    Object.assign(fake.host, {
      view: async (business, view) => {
        if (view.view !== 'booking') return read(business, view);
        if (!ticket) throw new HostTrouble({ code: 'storage', facts: { detail: '' } });
        return { is: 'screen', screen: { view: 'booking', ticket } } as never;
      },
      execute: async () => ({ is: 'waiting', command: 'c' }),
      notices: async () => [],
      businesses: async () => [card],
      current: async () => card.id,
      events: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    } satisfies Partial<Host>);
    await businesses.again();
  });

  it('is not called done, either, where the appointment cannot be read', async () => {
    await approve();
    expect(await screen.findByRole('heading', { name: 'Kept on this device' })).toBeTruthy();
    expect(screen.getByRole('status').textContent, 'no mail is on its way').not.toContain('mail');
  });

  it.each([
    ['The time was taken', { code: 'slot_taken', facts: { wanted: at('16:00'), alternatives: [] } }],
    ['Not accepted', { code: 'moved_too_often', facts: { times: 3 } }],
  ] as [string, Refusal][])(
    'has not happened once the appointment stands where it stood: %s',
    async (title, refusal) => {
      ticket = stands('16:00', true);
      await approve();
      expect(await screen.findByRole('heading', { name: 'Kept on this device' })).toBeTruthy();
      let found: (notices: never[]) => void = () => undefined;
      fake.host.notices = () => new Promise((done) => (found = done));
      ticket = stands('14:00', false);
      tell({ event: 'changed', business: card.id });
      expect(await screen.findByRole('heading', { name: 'Not accepted' }), 'before it is known why').toBeTruthy();
      expect(screen.getByRole('status').textContent).toBe('Your present time stays yours.');
      const command = { type: 'reschedule@1', booking: 'b', start: at('16:00').at };
      found([{ id: 'n', about: 'Cut', at: at('13:00').at, command, refusal } as never]);
      expect(await screen.findByText(sayRefusal(refusal, new Date()))).toBeTruthy();
      expect(screen.getByRole('heading', { name: title }), 'the time was taken only where that is why').toBeTruthy();
    },
  );

  it('is kept at the other time that was chosen after a refusal, whatever stood before', async () => {
    ticket = stands('16:00', true);
    await approve();
    const command = { type: 'reschedule@1', booking: 'b', start: at('16:00').at };
    const facts = { wanted: at('16:00'), alternatives: [{ start: at('17:00'), staff: 'm' }] };
    const refusal = { code: 'slot_taken', facts };
    fake.host.notices = async () => [{ id: 'n', about: 'Cut', at: at('13:00').at, command, refusal } as never];
    fake.host.dismiss = async () => undefined;
    ticket = stands('14:00', false);
    tell({ event: 'changed', business: card.id });
    await fireEvent.click(await screen.findByRole('button', { name: /^Move to .*17:00/ }));
    expect(await screen.findByRole('heading', { name: 'Kept on this device' }), 'it waits, too').toBeTruthy();
    expect(screen.queryByText('Your present time stays yours.'), 'that was said of the former wish').toBeNull();
  });
});
