import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { counterDay, expected, NOW } from '$lib/fixtures/counter';
import { HostTrouble } from '$lib/host';
import { NotFound } from '$lib/host/counter';
import type { CounterDay } from '$lib/host/types/CounterDay';
import type { Checked } from './code';

// The server and the disk; what needs neither is real.
const host = vi.hoisted(() => ({
  fetchDay: vi.fn(),
  keepCheckIn: vi.fn(),
  keptCheckIns: vi.fn(),
  keptDay: vi.fn(),
  openCounter: vi.fn(),
  settle: vi.fn(),
}));
vi.mock('$lib/host/counter', async (original) => ({
  ...(await original<object>()),
  ...host,
  forgetCustomers: () => Promise.resolve(),
  forgetOld: () => Promise.resolve(),
  install: () => Promise.resolve(),
  keepDay: () => Promise.resolve(),
}));
// A code is a word here, and its number as well: all are signed.
vi.mock('./code', async (original) => ({
  ...(await original<object>()),
  check: (text: string, { bookings }: CounterDay, used: ReadonlySet<string>): Promise<Checked> => {
    const [booking] = bookings;
    if (booking?.state === 'checked_in') return Promise.resolve({ is: 'refused', why: { why: 'already' } });
    if (used.has(text) || !booking) return Promise.resolve({ is: 'refused', why: { why: 'replayed' } });
    return Promise.resolve({ is: 'genuine', booking, code: text, number: text });
  },
}));

const { Counter } = await import('./counter.svelte');
const { sayNotFetched, sayNotOpened, sayTroubleHere, sayWhy } = await import('./words');

const TODAY = '01900000-0000-7000-8000-000000000007';

const day = counterDay([expected(TODAY, '2026-03-05', '23:30'), expected('tomorrow', '2026-03-06', '10:00')]);

const notSignedIn = new HostTrouble({ code: 'not_signed_in' });
const offline = new HostTrouble({ code: 'offline' });
let end: () => void;

/** A counter after its first round. */
async function begun(invitation = ''): Promise<InstanceType<typeof Counter>> {
  const counter = new Counter();
  end = counter.begin(invitation);
  await vi.advanceTimersByTimeAsync(0);
  return counter;
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(NOW) });
  vi.resetAllMocks();
  host.fetchDay.mockRejectedValue(offline);
  host.settle.mockRejectedValue(offline);
  host.keptDay.mockResolvedValue({ day, ahead: 0 });
  host.keptCheckIns.mockResolvedValue([]);
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

describe("the counter's list", () => {
  it('goes on to the next day at midnight, also without a network', async () => {
    const counter = await begun();
    const shown = () => counter.today.map((one) => one.booking);
    expect(shown(), 'late in the evening').toEqual([TODAY]);
    await vi.advanceTimersByTimeAsync(61 * 60_000);
    expect(shown(), 'after midnight at the place').toEqual(['tomorrow']);
  });
});

describe('a check-in', () => {
  const pass = `https://salon.example/open/booking/${TODAY}`;

  it.each([
    ['a code', (counter: InstanceType<typeof Counter>) => counter.scanned('code')],
    ['a pass', (counter: InstanceType<typeof Counter>) => counter.scanned(pass)],
    ['a reference', (counter: InstanceType<typeof Counter>) => counter.typed('0123abcd')],
    ['a line', (counter: InstanceType<typeof Counter>) => counter.person(day.bookings[0]!)],
  ])('by %s is made once, however fast it comes again', async (_, act) => {
    const counter = await begun();
    await Promise.all([act(counter), act(counter)]);
    expect(host.keepCheckIn, 'one is kept').toHaveBeenCalledTimes(1);
    expect(counter.said, 'the other has found it').toMatchObject({ is: 'refused', why: { why: 'already' } });
  });

  it.each([
    ['awaiting_provider', 'This appointment is not confirmed yet.'],
    ['completed', 'This appointment is over.'],
    ['no_show', 'This appointment is over.'],
    ['cancelled', 'This appointment will not take place.'],
  ] as const)('for an appointment that is %s is refused with the reason', async (state, words) => {
    host.keptDay.mockResolvedValue({ day: { ...day, bookings: [{ ...day.bookings[0]!, state }] }, ahead: 0 });
    const counter = await begun();
    await counter.person(day.bookings[0]!);
    expect(counter.said).toMatchObject({ is: 'refused', why: { why: 'wrong_state', state } });
    if (counter.said?.is === 'refused') expect(sayWhy(counter.said.why, new Date(NOW))).toBe(words);
  });

  it('that the disk refuses welcomes nobody', async () => {
    const counter = await begun();
    await counter.person(day.bookings[0]!);
    expect(counter.said, 'the first is welcome').toMatchObject({ is: 'welcome' });
    host.keepCheckIn.mockRejectedValue(new Error('the disk is full'));
    const other = { ...expected('other', '2026-03-05', '23:00'), customer: 'Grace' };
    counter.day = { ...day, bookings: [...day.bookings, other] };
    await counter.person(other);
    expect(counter.said, 'the second is not, and the first not once more').toEqual({ is: 'not_kept', booking: other });
    expect(counter.waiting, 'and does not count').toBe(1);
  });

  it('that the disk refuses leaves the code good, and one that was made does not', async () => {
    const counter = await begun();
    host.keepCheckIn.mockRejectedValueOnce(new Error('the disk is full'));
    expect(await counter.scanned('code'), 'not kept').toBe(false);
    expect(await counter.scanned('code'), 'the second time it is').toBe(true);
    expect(await counter.scanned('code'), 'then it was used').toBe(true);
    expect(await counter.scanned(`https://salon.example/open/booking/${crypto.randomUUID()}`), 'nobody').toBe(false);
  });
});

describe('a disk that refuses', () => {
  it('is told of, and read again in the next round', async () => {
    host.keptCheckIns.mockRejectedValueOnce(new Error('no database'));
    const counter = await begun();
    expect(counter.phase, 'no blank page').toBe('unread');
    await counter.refresh();
    expect(counter.phase, 'this time it answers, also without a network').toBe('open');
  });

  it('is no counter when there is nothing on it and the server says so', async () => {
    host.keptDay.mockRejectedValueOnce(new Error('no database')).mockResolvedValue(undefined);
    const counter = await begun();
    await counter.refresh();
    expect(counter.phase, 'nothing is on it, and nobody answers').toBe('unfetched');
    host.fetchDay.mockRejectedValue(notSignedIn);
    await counter.refresh();
    expect(counter.phase, 'it has said so').toBe('closed');
  });
});

describe('a counter that was just opened', () => {
  it.each([
    ['offline', offline, 'The business cannot be reached.'],
    ['a place that is gone', new NotFound(), 'This place is not in the business'],
    ['a server that broke', new HostTrouble({ code: 'server' }), 'The server does not answer as it should.'],
  ])('says why its first day does not come: %s', async (_, thrown, words) => {
    host.keptDay.mockResolvedValue(undefined);
    // An earlier counter on this machine was taken back.
    host.fetchDay.mockRejectedValueOnce(notSignedIn).mockRejectedValue(thrown);
    const counter = await begun('link');
    await counter.refresh();
    await counter.open();
    expect([counter.phase, counter.notOpened], 'it is one').toEqual(['unfetched', undefined]);
    expect(sayNotFetched(counter.trouble!), 'in its own words').toContain(words);
    host.fetchDay.mockResolvedValue(day);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(counter.phase, 'rounds go on').toBe('open');
  });
});

describe('what is in the way', () => {
  it.each([
    ['offline', offline, 'Offline. Codes are checked on this machine'],
    ['a place that is gone', new NotFound(), 'This place is not in the business'],
    ['a server that broke', new HostTrouble({ code: 'server' }), 'The server does not answer as it should.'],
    ['something else there', new HostTrouble({ code: 'not_datebook' }), 'The server does not answer as it should.'],
    ['a full disk', new HostTrouble({ code: 'storage', facts: { detail: 'full' } }), 'Check that it has free space'],
  ])('is said: %s', async (_, thrown, words) => {
    host.fetchDay.mockRejectedValue(thrown);
    const counter = await begun();
    expect(sayTroubleHere(counter.trouble!), 'in its own words').toContain(words);
    host.fetchDay.mockResolvedValue(day);
    await counter.refresh();
    expect(counter.trouble, 'until it is over').toBeUndefined();
  });

  it('of the check-ins does not keep the day from coming', async () => {
    host.settle.mockRejectedValue(new HostTrouble({ code: 'server' }));
    const counter = await begun();
    await counter.person(day.bookings[0]!);
    host.fetchDay.mockResolvedValue({ ...day, counter: 'Renamed' });
    await counter.refresh();
    expect(counter.day?.counter, 'the day is new').toBe('Renamed');
    expect(counter.trouble, 'and it is said that nothing could be sent').toEqual({ code: 'server' });
  });

  it('of a counter that was taken back closes it, also when only what waits was sent', async () => {
    host.settle.mockRejectedValue(notSignedIn);
    const counter = await begun();
    await counter.person(day.bookings[0]!);
    await counter.refresh();
    expect([counter.phase, counter.today], 'nobody is shown, though the day could not be asked for').toEqual([
      'closed',
      [],
    ]);
    expect(counter.waiting, 'and what waits is kept').toBe(1);
  });

  it('of a link that was used is that, and nothing else is', async () => {
    host.keptDay.mockResolvedValue(undefined);
    const counter = await begun('link');
    for (const [code, words] of [
      ['server', 'The server does not answer as it should'],
      ['offline', 'cannot be reached'],
      ['wrong_credentials', 'was used already'],
    ] as const) {
      host.openCounter.mockRejectedValueOnce(new HostTrouble({ code }));
      await counter.open();
      expect(sayNotOpened(counter.notOpened!), code).toContain(words);
      await counter.refresh();
      expect(counter.notOpened, 'a round does not change that').toEqual({ code });
    }
    host.fetchDay.mockResolvedValue(day);
    await counter.open();
    expect([counter.notOpened, counter.phase], 'and it can be tried again').toEqual([undefined, 'open']);
  });
});
