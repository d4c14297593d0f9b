import { afterEach, describe, expect, it, vi } from 'vitest';
import { civil } from '$lib/fixtures/civil';
import { deviceEastOfUtc } from '$lib/fixtures/device';
import type { Action, BookingView, Refusal } from '$lib/host';
import { comingLines } from './coming';

const moment = (at: string) => civil(at.slice(0, 10), at.slice(11, 16), '+00:00', 'Etc/UTC');
const yes = (until: string): Action => ({ refusal: null, until: moment(until), not_refunded: null });
const no = (refusal: Refusal): Action => ({ refusal, until: null, not_refunded: null });

function view(
  more: Partial<Pick<BookingView, 'coming' | 'late'>>,
  attend: Action,
  checkIn: Action,
  state = 'confirmed',
) {
  const ticket = { state, start: moment('2026-03-05T09:00:00Z') };
  return { coming: false, late: null, ...more, ticket, actions: { attend, check_in: checkIn } } as BookingView;
}

const early = (act: 'check_in' | 'confirm_attendance', from: string) =>
  no({ code: 'too_early', facts: { act, from: moment(from) } });
const opens = early('check_in', '2026-03-05T08:30:00Z');

afterEach(() => void vi.restoreAllMocks());

describe('what there is to know about coming', () => {
  it('is when it can be said, as long as it is far', () => {
    const now = new Date('2026-02-01T09:00:00Z');
    const lines = comingLines(view({}, early('confirm_attendance', '2026-03-02T09:00:00Z'), opens), now);
    expect(lines, 'one line, about the nearer of the two').toHaveLength(1);
    expect(lines[0], 'from when on (Y08)').toMatch(/you are coming from .*09:00/);
  });

  it('is when check-in opens, the day before', () => {
    const lines = comingLines(
      view({ coming: true }, yes('2026-03-05T09:00:00Z'), opens),
      new Date('2026-03-04T10:00:00Z'),
    );
    expect(lines[0], 'what was said').toMatch(/They know that you are coming/);
    expect(lines[1], 'from when on (Y10)').toMatch(/Check-in opens .*08:30/);
  });

  it('is until when check-in is open, and why not any more', () => {
    const open = view({}, yes('2026-03-05T09:00:00Z'), yes('2026-03-05T09:15:00Z'));
    expect(comingLines(open, new Date('2026-03-05T08:45:00Z'))[0], 'a moment (Y04)').toMatch(/until .*09:15/);
    const late = no({ code: 'too_late', facts: { act: 'check_in', deadline: moment('2026-03-05T09:15:00Z') } });
    const lines = comingLines(view({ late: 20 }, yes('2026-03-05T09:00:00Z'), late), new Date('2026-03-05T09:20:00Z'));
    expect(lines[0], 'what was said last').toMatch(/20 minutes late/);
    expect(lines[1], 'and what to do (Y08)').toMatch(/closed .*counter/);
  });

  it('is in the time of the venue, which is named where the clock of the device differs', () => {
    deviceEastOfUtc(60);
    const open = view({}, yes('2026-03-05T09:00:00Z'), yes('2026-03-05T09:15:00Z'));
    expect(comingLines(open, new Date('2026-03-05T08:45:00Z')), 'not a quarter past nine here').toEqual([
      'You can check in until today at 09:15 (UTC time).',
    ]);
  });

  it('is nothing for what will not take place', () => {
    expect(comingLines(view({}, opens, opens, 'cancelled'), new Date('2026-03-05T08:45:00Z'))).toEqual([]);
  });
});
