import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import { day, inBerlin } from '$lib/fixtures/civil';
import type { Host, Notice, Waiting } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: vi.fn() }));

const { default: AgendaList } = await import('./AgendaList.svelte');
const { HostTrouble } = await import('$lib/host');
const { toasts } = await import('$lib/components');
const { firstScreen } = await import('../shell/first-screen.svelte');

const moment = inBerlin(day, '14:00');
const ticket = (number: number) => ({
  booking: `${number}`,
  service: `Cut ${number}`,
  variant: '',
  staff: 'Mara',
  place: 'Mitte',
  start: moment,
  end: inBerlin(day, '15:00'),
  minutes: 60,
  state: 'confirmed',
  waiting: false,
  price: { minor: 100, currency: 'EUR' },
  paid: { minor: 0, currency: 'EUR' },
  no_reschedule: null,
  no_cancel: null,
});

const tickets = Array.from({ length: 50 }, (_, number) => ticket(number));
let staff: { id: string; name: string }[];
const refused: Notice = {
  ...{ id: 'n', about: 'Cut', at: moment.at },
  command: {
    ...{ type: 'book@1', booking: 'b', service: 's', variant: 'v', place: 'p', staff: 'mara', start: moment.at },
    ...{ party: 1, note: '' },
  },
  refusal: { code: 'slot_taken', facts: { wanted: moment, alternatives: [{ start: moment, staff: 'noor' }] } },
};

const waiting = (more: Partial<Waiting> = {}): Waiting => ({
  ...{ id: 'w', command: { type: 'cancel@1', booking: '1', reason: '' }, given: moment.at, about: 'Cut' },
  ...{ doubt: null, sent: false, ...more },
});

const links = () => screen.queryAllByRole('link', { name: /Cut/ }).length;
let frames: FrameRequestCallback[];

beforeEach(() => {
  frames = [];
  staff = [{ id: 'noor', name: 'Noor' }];
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame));
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
  fake.host = {
    view: async (_business, { view }) =>
      ({
        is: 'screen',
        screen: view === 'catalogue' ? { view, staff } : { view, tickets, next: null },
      }) as never,
    outbox: async () => [],
    notices: async () => [],
    movedEvents: async () => [],
    events: () => () => undefined,
    drawn: vi.fn(async () => undefined),
  };
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('shows what a window holds in its first frame, says so, and then the rest', async () => {
  render(AgendaList, { card: cardOf() });
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
  render(AgendaList, { card: cardOf() });
  await screen.findByRole('button', { name: 'Try again' });
  expect(drawn, 'what is wrong stands there').toHaveBeenCalled();
});

it('lets go of a visit that is over, and leaves alone what is as it was', async () => {
  vi.useFakeTimers({ now: new Date('2036-11-26T13:58:00Z') });
  Element.prototype.getAnimations = () => [];
  const end = inBerlin(day, '15:00');
  const over = () => Date.now() > Date.parse(end.at);
  const later = inBerlin('2036-11-30', '14:00');
  const read = vi.fn(async () => {
    const tickets = [{ ...ticket(2), start: later, end: later }];
    if (!over()) tickets.unshift({ ...ticket(1), end });
    return { is: 'screen', screen: { view: 'agenda', tickets, next: 'more' } } as never;
  });
  fake.host.view = read;
  render(AgendaList, { card: cardOf() });
  await vi.advanceTimersByTimeAsync(0);
  expect(links(), 'both are to come').toBe(2);
  await vi.advanceTimersByTimeAsync(2 * 60_000 + 1_000);
  expect(links(), 'nobody has written anything, and it is over').toBe(1);
  const [asked, list] = [read.mock.calls.length, document.querySelector('#agenda-list')!.innerHTML];
  const drawn = vi.fn();
  const watch = new MutationObserver(drawn);
  watch.observe(document.querySelector('#agenda-list')!, { subtree: true, childList: true, attributes: true });
  await vi.advanceTimersByTimeAsync(3 * 60_000);
  watch.disconnect();
  expect(read.mock.calls.length, 'it is asked again').toBeGreaterThan(asked);
  expect(drawn, 'the same answer draws nothing').not.toHaveBeenCalled();
  expect(document.querySelector('#agenda-list')!.innerHTML, 'and it is all there').toBe(list);
});

it('says with whom another time is, where that is somebody else than was asked for', async () => {
  fake.host.notices = async () => [refused];
  render(AgendaList, { card: cardOf() });
  const time = await screen.findByRole('button', { name: 'Take Wed 26 Nov 2036, 14:00 (Berlin time) with Noor' });
  expect(time.textContent, 'also to whoever sees it').toContain('with Noor');
});

it('does not keep quiet about somebody else whose name is not known', async () => {
  staff = [];
  fake.host.notices = async () => [refused];
  render(AgendaList, { card: cardOf() });
  expect(await screen.findByRole('button', { name: /with somebody else$/ })).toBeTruthy();
});

it.each([
  [false, 'Withdrawn. It will not be sent.', 'it has not left this device'],
  [true, 'Withdrawn. If it came through all the same, your agenda will show it.', 'nobody knows whether it arrived'],
])('says of what is withdrawn only what is known (sent: %s)', async (sent, words, why) => {
  const say = vi.spyOn(toasts, 'say');
  fake.host.outbox = async () => [waiting({ sent })];
  fake.host.withdraw = async () => undefined;
  render(AgendaList, { card: cardOf() });
  await fireEvent.click(await screen.findByRole('button', { name: 'Withdraw: Cancel Cut' }));
  await waitFor(() => expect(say.mock.lastCall?.[0], why).toBe(words));
});

it('calls what was withdrawn by its name, and offers to withdraw it only once', async () => {
  fake.host.outbox = async () => [
    waiting({ command: { type: 'withdrawn@1' }, sent: true }),
    waiting({ id: 'x', command: { type: 'withdrawn@1' }, sent: true, about: '' }),
  ];
  render(AgendaList, { card: cardOf() });
  expect(await screen.findByText('Taken back: Cut')).toBeTruthy();
  expect(screen.queryByText('Taken back'), 'where it has no service').toBeTruthy();
  expect(screen.queryByRole('button', { name: /^Withdraw/ })).toBeNull();
});

it('says in a doubt, which has no buttons, of no times that they follow', async () => {
  fake.host.outbox = async () => [waiting({ doubt: refused.refusal })];
  render(AgendaList, { card: cardOf() });
  const doubt = await screen.findByText(/^This may not work out: /);
  expect(doubt.textContent, 'there are none to press').toMatch(/Choose another time\.$/);
});

it('says what has to happen before what waits is sent, where no network helps', async () => {
  fake.host.outbox = async () => [waiting()];
  for (const [connection, words] of [
    ['offline', /^Kept on this device\. They are sent as soon as the business can be reached\.$/],
    ['session_ended', /^Kept, and sent when you have signed in again\.$/],
    ['too_old', /^Kept, and sent when this app has been updated\.$/],
  ] as const) {
    render(AgendaList, { card: cardOf({ connection }) });
    expect(await screen.findByText(words), connection).toBeTruthy();
    cleanup();
  }
});

it.each<[string, Partial<Host>, string]>([
  ['what waited is withdrawn', { outbox: async () => [waiting()] }, 'Withdraw: Cancel Cut'],
  ['a refusal is put away', { notices: async () => [refused] }, 'Put away'],
  ['another time is taken', { notices: async () => [refused] }, 'Take Wed 26 Nov 2036, 14:00 (Berlin time) with Noor'],
])('keeps the focus when %s, and the button with it', async (_, desk, name) => {
  Object.assign(fake.host, desk);
  const gone = async () => void Object.assign(fake.host, { outbox: async () => [], notices: async () => [] });
  [fake.host.withdraw, fake.host.dismiss] = [gone, gone];
  fake.host.execute = async () => ({ is: 'accepted' }) as never;
  render(AgendaList, { card: cardOf() });
  const button = await screen.findByRole('button', { name });
  button.focus();
  await fireEvent.click(button);
  await waitFor(() => expect(button.isConnected).toBe(false));
  await waitFor(() => expect(document.activeElement?.tagName, 'the list goes on at its title').toBe('H1'));
});

it('leaves the focus at the title when all are shown again', async () => {
  render(AgendaList, { card: cardOf() });
  await fireEvent.click(await screen.findByRole('button', { name: 'Search' }));
  const name = screen.getByRole('searchbox');
  await fireEvent.input(name, { target: { value: 'Cut' } });
  const all = screen.getByRole('button', { name: 'Show all' });
  all.focus();
  await fireEvent.click(all);
  await waitFor(() => expect(document.activeElement?.tagName, 'no keyboard comes up over the list').toBe('H1'));
});

it('gives the name the focus each time somebody wants to search, also where the filter is open already', async () => {
  render(AgendaList, { card: cardOf() });
  const search = () => fireEvent(window, new CustomEvent('datebook:search'));
  await search();
  const name = await screen.findByRole('searchbox');
  await waitFor(() => expect(document.activeElement).toBe(name));
  name.blur();
  await search();
  expect(document.activeElement).toBe(name);
});

it('says why no more are shown', async () => {
  let away = false;
  fake.host.view = async () => {
    if (away) throw new HostTrouble({ code: 'offline' });
    return { is: 'screen', screen: { view: 'agenda', tickets: tickets.slice(0, 2), next: 'more' } } as never;
  };
  render(AgendaList, { card: cardOf() });
  const more = await screen.findByRole('button', { name: 'Show more' });
  away = true;
  await fireEvent.click(more);
  expect((await screen.findByRole('alert')).textContent).toContain('cannot be reached');
});
