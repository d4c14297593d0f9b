import { describe, expect, it } from 'vitest';
import { civil } from '$lib/fixtures/civil';
import type { Action, Actions, Refusal } from '$lib/host';
import { deadlines, moveDeadline, reasons } from './actions';

const now = new Date('2026-11-22T09:00:00Z');
const inLisbon = (date: string, time: string) => civil(date, time, '+00:00', 'Europe/Lisbon');

function until(date: string, time: string): Action {
  return { refusal: null, until: inLisbon(date, time), not_refunded: null };
}

function no(refusal: Refusal): Action {
  return { refusal, until: null, not_refunded: null };
}

/** What has to do with coming: nothing that these tests are about. */
const others: Omit<Actions, 'reschedule' | 'cancel'> = {
  attend: no({ code: 'switched_off', facts: { act: 'confirm_attendance' } }),
  late: no({ code: 'switched_off', facts: { act: 'running_late' } }),
  check_in: no({ code: 'switched_off', facts: { act: 'check_in' } }),
};

const late: Refusal = {
  code: 'too_late',
  facts: {
    act: 'reschedule',
    deadline: inLisbon('2026-11-21', '10:00'),
  },
};

describe('what may be done', () => {
  it('names one moment when both end together', () => {
    const both: Actions = { ...others, reschedule: until('2026-11-25', '10:00'), cancel: until('2026-11-25', '10:00') };
    const lines = deadlines(both, now);
    expect(lines, 'one sentence for one moment').toHaveLength(1);
    expect(lines[0], 'as a moment, not as a rule (Y04)').toMatch(/move or cancel this until .*10:00/);
    expect(moveDeadline(both, now), 'the move by itself').toMatch(/^You can move this until .*10:00/);
  });

  it('names each moment when they differ', () => {
    const lines = deadlines(
      { ...others, reschedule: until('2026-11-24', '10:00'), cancel: until('2026-11-25', '10:00') },
      now,
    );
    expect(lines, 'a sentence each').toHaveLength(2);
  });

  it('says why not in place of the button, once', () => {
    const actions: Actions = { ...others, reschedule: no(late), cancel: no(late) };
    expect(deadlines(actions, now), 'no moment that has passed is promised').toEqual([]);
    expect(moveDeadline(actions, now), 'nor for the move').toBe('');
    const [line, ...rest] = reasons(actions, now);
    expect(line, 'since when (Y08)').toMatch(/until .*10:00/);
    expect(line, 'and whom to ask').toMatch(/get in touch/);
    expect(rest, 'the same reason is not said twice').toEqual([]);
  });
});
