import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cardOf } from '$lib/fixtures/card';
import { inBerlin } from '$lib/fixtures/civil';
import type { Command, Host, Receipt } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { toasts } = await import('$lib/components');
const { HostTrouble } = await import('$lib/host');
const { Agenda } = await import('./agenda.svelte');
const { again, Desk } = await import('./desk.svelte');

const ticket = (booking: string) => ({ booking });
const page = (from: number, next: string | null) => ({
  is: 'screen',
  screen: { view: 'agenda', tickets: [ticket(`${from}`), ticket(`${from + 1}`)], next },
});
const start = inBerlin('2026-11-26', '14:00');

describe('the agenda', () => {
  beforeEach(() => {
    fake.host = {
      view: vi.fn(async (_business, view) =>
        'after' in view && view.after ? page(2, null) : page(0, 'x'),
      ) as unknown as Host['view'],
    };
  });

  it('shows what is known already, and asks from then on', async () => {
    const agenda = new Agenda('1', page(0, 'x') as never);
    expect([agenda.answered, agenda.tickets.length, agenda.more], 'it stands at once').toEqual([true, 2, true]);
    await agenda.read('1');
    expect(fake.host.view, 'what it would ask first is known').not.toHaveBeenCalled();
    await agenda.read('1');
    expect(fake.host.view, 'a change is asked about').toHaveBeenCalledTimes(1);
    const other = new Agenda('1', page(0, 'x') as never);
    await other.read('2');
    expect(fake.host.view, 'another business is another question').toHaveBeenCalledTimes(2);
    const refusal = { code: 'not_signed_in' };
    expect(new Agenda('1', { is: 'refused', refusal } as never).refusal, 'a no is an answer').toEqual(refusal);
  });

  it('reads on, and again as far as it was read', async () => {
    const agenda = new Agenda();
    await agenda.read('1');
    expect([agenda.tickets.length, agenda.more], 'a page, and there is another').toEqual([2, true]);
    await agenda.readMore('1');
    expect([agenda.tickets.length, agenda.more], 'both pages').toEqual([4, false]);
    await agenda.read('1');
    expect(agenda.tickets.length, 'a change must not make the list shorter').toBe(4);
  });

  it('asks for no more pages than one beyond those that came', async () => {
    let away = false;
    fake.host.view = vi.fn(async () => {
      if (away) throw new HostTrouble({ code: 'offline' });
      const from = 2 * vi.mocked(fake.host.view!).mock.calls.length;
      return page(from, 'x');
    }) as unknown as Host['view'];
    const agenda = new Agenda();
    await agenda.read('1');
    away = true;
    await agenda.read('1');
    expect(agenda.stuck, 'nobody asked for more').toBeUndefined();
    await agenda.readMore('1');
    await agenda.readMore('1');
    expect(agenda.stuck?.code).toBe('offline');
    expect([agenda.tickets.length, agenda.trouble?.code, agenda.busy], 'it says why').toEqual([2, 'offline', false]);
    away = false;
    await agenda.readMore('1');
    expect([agenda.tickets.length, agenda.stuck], 'two presses that failed are not made up for').toEqual([
      4,
      undefined,
    ]);
  });

  it('shows an appointment once that moved from one page to the next while they were read', async () => {
    const agenda = new Agenda();
    fake.host.view = vi.fn(async (_business, view) =>
      'after' in view && view.after ? page(1, null) : page(0, 'x'),
    ) as unknown as Host['view'];
    await agenda.read('1');
    await agenda.readMore('1');
    const bookings = agenda.tickets.map(({ booking }) => booking);
    expect(bookings, 'a list with one of them twice cannot be drawn').toEqual(['0', '1', '2']);
  });

  it('begins anew for another question', async () => {
    const agenda = new Agenda();
    await agenda.readMore('1');
    agenda.tab = 'past';
    const reading = agenda.read('1');
    expect([agenda.answered, agenda.tickets.length], 'the old tickets are not the answer').toEqual([false, 0]);
    await reading;
    expect([agenda.answered, agenda.tickets.length], 'the first page of the new one').toEqual([true, 2]);
  });

  it('shows nothing under a question that nobody could ask', async () => {
    const agenda = new Agenda();
    await agenda.read('1');
    fake.host.view = vi.fn(async () => Promise.reject(new HostTrouble({ code: 'offline' })));
    await agenda.read('1');
    expect([agenda.tickets.length, agenda.trouble?.code], 'what was read stays').toEqual([2, 'offline']);
    agenda.text = 'cut';
    const reading = agenda.read('1');
    expect(agenda.tickets.length, 'a filter that is being typed leaves the list alone').toBe(2);
    await reading;
    expect([agenda.tickets.length, agenda.trouble?.code], 'but not as its answer').toEqual([0, 'offline']);
  });

  it('forgets an answer that comes late', async () => {
    const agenda = new Agenda();
    let slow: (reply: unknown) => void = () => {};
    fake.host.view = vi
      .fn()
      .mockImplementationOnce(() => new Promise((done) => (slow = done)))
      .mockImplementation(async () => page(8, null)) as unknown as Host['view'];
    const first = agenda.read('1');
    agenda.text = 'cut';
    await agenda.read('1');
    slow(page(0, null));
    await first;
    expect(agenda.tickets[0]?.booking, 'the newer question has the last word').toBe('8');
  });
});

describe('a refused wish at another time', () => {
  const book: Command = {
    type: 'book@1',
    booking: 'b',
    service: 's',
    variant: 'v',
    place: 'p',
    start: 'x',
    party: 1,
    note: '',
  };

  it('is a new booking with a new id', () => {
    const command = again(book, { start, staff: 'noor' }, () => 'fresh');
    expect(command, 'the old id may be taken').toMatchObject({ booking: 'fresh', start: start.at });
    expect(command, 'whoever left the person open still does').not.toHaveProperty('staff');
  });

  it('is with the person of that time, where somebody was asked for', () => {
    expect(
      again({ ...book, staff: 'mara' }, { start, staff: 'noor' }),
      'the time is free with that person only',
    ).toMatchObject({ staff: 'noor' });
  });

  it('moves the same booking', () => {
    const moved = again({ type: 'reschedule@1', booking: 'b', start: 'x' }, { start, staff: 'noor' });
    expect(moved, 'a move stays a move').toEqual({ type: 'reschedule@1', booking: 'b', start: start.at });
  });

  it('is put away only when it was taken', async () => {
    const dismiss = vi.fn(async () => {});
    let receipt: Receipt = { is: 'refused', refusal: { code: 'nothing_changed' } };
    fake.host = { execute: async () => receipt, dismiss, outbox: async () => [], notices: async () => [] };
    const desk = new Desk();
    const notice = { id: 'n', command: book, refusal: { code: 'nothing_changed' as const }, at: '', about: 'Cut' };
    await desk.take(cardOf(), notice, { start, staff: 'noor' });
    expect(dismiss, 'refused again: the notice stays').not.toHaveBeenCalled();
    receipt = { is: 'waiting', command: 'c' };
    await desk.take(cardOf(), notice, { start, staff: 'noor' });
    expect(dismiss, 'it waits now, so the old refusal is settled').toHaveBeenCalledOnce();
  });

  it('is said to be kept only where it does not go at once', async () => {
    const say = vi.spyOn(toasts, 'say');
    const execute = async () => ({ is: 'waiting', command: 'c' }) as const;
    fake.host = { execute, dismiss: async () => {}, outbox: async () => [], notices: async () => [] };
    const notice = { id: 'n', command: book, refusal: { code: 'nothing_changed' as const }, at: '', about: 'Cut' };
    for (const [connection, words] of [
      ['online', 'Asked for the new time.'],
      ['offline', 'Kept. It is sent as soon as the business can be reached.'],
      ['too_old', 'Kept, and sent when this app has been updated.'],
    ] as const) {
      await new Desk().take(cardOf({ connection }), notice, { start, staff: 'noor' });
      expect(say.mock.lastCall?.[0], connection).toBe(words);
    }
  });

  it('is given once, however often it is pressed', async () => {
    const bookings: string[] = [];
    let shut = true;
    fake.host = {
      execute: vi.fn(async (_business, command) => {
        if (command.type !== 'book@1') throw new Error('another command');
        const receipt: Receipt = bookings.includes(command.booking)
          ? { is: 'refused', refusal: { code: 'already_exists', facts: { what: 'booking' } } }
          : { is: 'waiting', command: 'c' };
        bookings.push(command.booking);
        return receipt;
      }),
      dismiss: vi.fn(async () => {
        if (shut) throw new HostTrouble({ code: 'storage', facts: { detail: 'full' } });
      }),
      outbox: async () => [],
      notices: async () => [],
    };
    const desk = new Desk();
    const notice = { id: 'n', command: book, refusal: { code: 'nothing_changed' as const }, at: '', about: 'Cut' };
    const take = () => desk.take(cardOf(), notice, { start, staff: 'noor' });
    const first = take();
    expect(desk.taking, 'so its buttons do nothing').toBe(true);
    await Promise.all([first, take()]);
    expect(bookings.length, 'the second press came before the answer').toBe(1);
    expect(desk.taking).toBe(false);
    shut = false;
    await new Desk().take(cardOf(), notice, { start, staff: 'noor' });
    expect(new Set(bookings).size, 'the notice could not be put away: that is no second wish').toBe(1);
    expect(fake.host.dismiss, 'now it could').toHaveBeenCalledTimes(2);
  });
});

it('says when what was withdrawn cannot be given again', async () => {
  const say = vi.spyOn(toasts, 'say');
  const receipt: Receipt = { is: 'refused', refusal: { code: 'place_not_offered' } };
  fake.host = {
    execute: async () => receipt,
    withdraw: async () => {},
    outbox: async () => [],
    notices: async () => [],
  };
  const command: Command = { type: 'cancel@1', booking: 'b', reason: '' };
  await new Desk().withdraw('1', { id: 'c', command, given: '', sent: false, doubt: null, about: 'Cut' });
  say.mock.lastCall![1]!.undo!();
  await vi.waitFor(() =>
    expect(say.mock.lastCall?.[1], 'a press without an effect is explained').toEqual({ bad: true }),
  );
});
