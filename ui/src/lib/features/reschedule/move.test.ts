import { beforeEach, describe, expect, it, vi } from 'vitest';

import { civil } from '$lib/fixtures/civil';
import type { BookingView, Civil, Command, Receipt, TimeView } from '$lib/host';

const execute = vi.fn<(business: string, command: Command) => Promise<Receipt>>();
vi.mock('$lib/host', async (original) => ({
  ...(await original<typeof import('$lib/host')>()),
  host: () => ({ execute }),
}));

const { Move } = await import('./move.svelte');

const time = (start: Civil): TimeView => ({
  start,
  end: start,
  staff: ['ada'],
  seats: null,
  cancel_until: null,
  reschedule_until: null,
});
const now = civil('2026-11-27', '14:00');
const later = civil('2026-11-28', '10:00');
const booking = { ticket: { booking: 'b', start: now } } as unknown as BookingView;

beforeEach(() => void execute.mockReset());

describe('a move', () => {
  it('is sent only when it was approved', async () => {
    execute.mockResolvedValue({ is: 'accepted', outcome: { is: 'rescheduled', booking: 'b' } });
    const move = new Move('salon', booking);
    move.look();
    expect(move.stage, 'nothing to look at yet').toBe('choose');
    move.pick('2026-11-28', time(later));
    move.look();
    expect([move.stage, execute.mock.calls.length], 'choosing and looking sends nothing').toEqual(['approve', 0]);
    await move.approve();
    expect(execute).toHaveBeenCalledExactlyOnceWith('salon', { type: 'reschedule@1', booking: 'b', start: later.at });
    expect([move.stage, move.given]).toEqual(['done', later]);
  });

  it('to the present time is none', () => {
    const move = new Move('salon', booking);
    move.pick('2026-11-27', time(now));
    move.look();
    expect([move.same, move.stage]).toEqual([true, 'choose']);
  });

  it('that is refused keeps everything and takes an alternative', async () => {
    execute.mockResolvedValueOnce({
      is: 'refused',
      refusal: { code: 'slot_taken', facts: { wanted: later, alternatives: [] } },
    });
    const move = new Move('salon', booking);
    move.pick('2026-11-28', time(later));
    move.look();
    await move.approve();
    expect([move.stage, move.refusal?.code, move.picked?.start], 'what was chosen stays').toEqual([
      'approve',
      'slot_taken',
      later,
    ]);
    execute.mockResolvedValueOnce({ is: 'waiting', command: 'c' });
    const other = civil('2026-11-28', '11:00');
    await move.approve(other);
    expect([move.stage, move.given, move.refusal]).toEqual(['done', other, undefined]);
  });

  it('says what broke, and can be tried again', async () => {
    execute.mockRejectedValueOnce({ code: 'offline' });
    const move = new Move('salon', booking);
    move.pick('2026-11-28', time(later));
    move.look();
    await move.approve();
    expect([move.stage, move.trouble?.code, move.sending]).toEqual(['approve', 'offline', false]);
  });

  it('may go back to the time it had where nobody knows whether it still has it', async () => {
    execute.mockRejectedValueOnce({ code: 'no_answer' });
    const move = new Move('salon', booking);
    move.pick('2026-11-28', time(later));
    move.look();
    await move.approve();
    move.back();
    move.pick('2026-11-27', time(now));
    expect([move.same, move.former], 'it may stand at the other time by now').toEqual([false, true]);
    move.look();
    expect(move.stage).toBe('approve');
    execute.mockResolvedValueOnce({ is: 'accepted', outcome: { is: 'rescheduled', booking: 'b' } });
    await move.approve();
    expect(execute.mock.lastCall?.[1], 'it is sent').toMatchObject({ start: now.at });
    expect([move.stage, move.unanswered], 'and known again').toEqual(['done', false]);
  });

  it('forgets a time when another day is opened', () => {
    const move = new Move('salon', booking);
    move.pick('2026-11-28', time(later));
    move.openDate('2026-11-30');
    expect(move.picked, 'the time belonged to the other day').toBeUndefined();
  });
});
