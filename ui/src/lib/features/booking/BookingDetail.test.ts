import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import { at } from '$lib/fixtures/civil';
import type { Civil, Host, Refusal, View } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: vi.fn() }));
vi.mock('$app/state', () => ({ page: { url: new URL('http://localhost/agenda/b') } }));

const { HostTrouble } = await import('$lib/host');
const { default: BookingDetail } = await import('./BookingDetail.svelte');

const [opens, start, end] = [at('13:30'), at('14:00'), at('15:00')];

/** What the rules say at this moment: check-in is open from half an hour before until the end; moving ends with it. */
function booking() {
  const now = Date.now();
  const act = (refusal: Refusal | null, until: Civil) => ({ refusal, until, not_refunded: null });
  const late = (deadline: Civil): Refusal => ({ code: 'too_late', facts: { act: 'reschedule', deadline } });
  const early: Refusal = { code: 'too_early', facts: { act: 'check_in', from: opens } };
  const money = { minor: 0, currency: 'EUR' };
  return {
    view: 'booking',
    ticket: {
      ...{ booking: 'b', service: 'Cut', variant: '', staff: 'Mara', place: 'Mitte', start, end, minutes: 60 },
      ...{ state: 'confirmed', waiting: false, price: money, paid: money, no_reschedule: null, no_cancel: null },
    },
    ...{ reference: '0123-ABCD', service: 's', variant: 'v', staff: 'm', place: 'p', address: '', location: null },
    ...{ phone: '', email: '', note: '', party: 1, coming: true, late: null, checked_in: null, ledger: [] },
    book_again: false,
    actions: {
      reschedule: act(now > Date.parse(opens.at) ? late(opens) : null, opens),
      cancel: act({ code: 'switched_off', facts: { act: 'cancel' } }, opens),
      attend: act({ code: 'already_done', facts: { act: 'confirm_attendance' } }, start),
      late: act({ code: 'too_early', facts: { act: 'running_late', from: start } }, end),
      check_in: act(now < Date.parse(opens.at) ? early : null, end),
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2036-11-26T13:28:00Z') });
  fake.host = {
    kind: 'browser',
    view: vi.fn(async (_business, { view }) =>
      view === 'booking'
        ? { is: 'screen', screen: booking() }
        : { is: 'refused', refusal: { code: 'not_found', facts: { what: 'service' } } },
    ) as unknown as Host['view'],
    movedEvents: async () => [],
    ownCalendar: async () => ({ offered: false, on: false, name: null, lets_move: false, problem: null }),
    calendarFile: () => null,
    events: () => () => undefined,
  };
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

async function open(card = cardOf()) {
  render(BookingDetail, { card, booking: 'b' });
  await vi.advanceTimersByTimeAsync(0);
  await tick();
}

/** The appointment stands like this. */
function stands(more: object) {
  const read = fake.host.view!;
  fake.host.view = async (business, view) =>
    view.view === 'booking' ? ({ is: 'screen', screen: { ...booking(), ...more } } as never) : read(business, view);
}

it('offers what may be done now, and not what could be done when the page was opened', async () => {
  await open();
  expect(screen.queryByRole('button', { name: 'Move' }), 'there is time to move it').toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Check in' }), 'the door is not open yet').toBeNull();
  await vi.advanceTimersByTimeAsync(2 * 60_000 + 1_000);
  await tick();
  expect(screen.queryByRole('button', { name: 'Check in' }), 'it opens while somebody looks').toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Move' }), 'and this deadline has gone by').toBeNull();
});

it('advises nobody to cancel where that is refused', async () => {
  const change = /To change the person, the kind or the place/;
  await open();
  expect(screen.getByText(change).textContent, 'they can change it').toContain('get in touch with the business');
  cleanup();
  const { actions } = booking();
  stands({ actions: { ...actions, cancel: { ...actions.cancel, refusal: null } } });
  await open();
  expect(screen.getByText(change).textContent, 'here the customer can').toContain('cancel and book again');
});

it('shows house rules also where two of them have the same title', async () => {
  const policies = ['Come on time.', 'Come alone.'].map((text) => ({ title: 'Please', text }));
  fake.host.view = (async (_business: string, { view }: View) => ({
    is: 'screen',
    screen: view === 'booking' ? booking() : { view, policies },
  })) as unknown as Host['view'];
  await open();
  expect(screen.queryAllByText('Please').length, 'nothing says that titles differ').toBe(2);
});

it('takes the focus also where it has nothing to show but why', async () => {
  fake.host.view = async () => Promise.reject(new HostTrouble({ code: 'offline' }));
  await open();
  expect(screen.getByText('This appointment cannot be read now')).toBeTruthy();
  expect(document.activeElement?.textContent, 'so it is read out').toBe('Appointment');
});

it('reads an appointment again when asked to, where it could not be read', async () => {
  const read = fake.host.view!;
  fake.host.view = async () => Promise.reject(new HostTrouble({ code: 'offline' }));
  await open();
  fake.host.view = read;
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await vi.advanceTimersByTimeAsync(0);
  await tick();
  expect(screen.getByRole('heading', { name: 'Cut' }), 'and there it is').toBeTruthy();
});

it('offers an appointment that is over again, or says why not', async () => {
  const { ticket } = booking();
  const why = /cannot be booked again as it was/;
  stands({ ticket: { ...ticket, state: 'completed' }, book_again: true });
  await open();
  expect(screen.getByRole('link', { name: 'Book again' })).toBeTruthy();
  expect(screen.queryByText(why)).toBeNull();
  cleanup();
  stands({ ticket: { ...ticket, state: 'completed' } });
  await open();
  expect(screen.queryByRole('link', { name: 'Book again' })).toBeNull();
  expect(screen.getByText(why), 'a button is not missing without a word').toBeTruthy();
  cleanup();
  stands({});
  await open();
  expect(screen.queryByText(why), 'it is still to come').toBeNull();
});

it('asks nobody to sign in of whom it cannot know', async () => {
  fake.host.view = async () => {
    throw new HostTrouble({ code: 'offline' });
  };
  await open(cardOf({ customer: null, ready: false }));
  expect(screen.queryByText('This appointment cannot be read now')).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Sign in' })).toBeNull();
});
