import { describe, expect, it } from 'vitest';

import { monthIsWithin, monthOf, shiftMonth, weekdays, weeks } from './month';

describe('the grid of a month', () => {
  it('begins weeks as the locale does', () => {
    const british = weeks('2026-11-01', 'en-GB');
    expect(british[0], '1 November 2026 is a Sunday, the last day of a British week').toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
      '2026-11-01',
    ]);
    const american = weeks('2026-11-01', 'en-US');
    expect(american[0]?.[0], 'American weeks begin on Sunday').toBe('2026-11-01');
  });

  it('holds every day once, in order', () => {
    for (const [month, length] of [
      ['2026-02-15', 28],
      ['2028-02-01', 29],
      ['2026-11-30', 30],
      ['2026-12-01', 31],
    ] as const) {
      const days = weeks(month, 'en-GB')
        .flat()
        .filter((day) => day !== null);
      expect(days.length, `${month} has all its days`).toBe(length);
      expect([...days].sort(), `${month} is in order, without doubles`).toEqual([...new Set(days)]);
      expect(
        weeks(month, 'en-GB').every((week) => week.length === 7),
        'every week has seven cells',
      ).toBe(true);
    }
  });

  it('leaves out the weeks that are over', () => {
    const left = weeks('2026-11-01', 'en-GB', '2026-11-18');
    expect(
      left.map((week) => week[0]),
      'whole weeks stay whole',
    ).toEqual(['2026-11-16', '2026-11-23', '2026-11-30']);
    expect(weeks('2026-12-01', 'en-GB', '2026-11-18').length, 'later months are not touched').toBe(5);
  });

  it('heads its columns in the same order', () => {
    expect(weekdays('2026-11-18', 'en-GB')[0], 'a Monday').toBe('2026-11-16');
    expect(weekdays('2026-11-18', 'en-US')[0], 'a Sunday').toBe('2026-11-15');
  });
});

describe('months', () => {
  it('are named by their first day', () => {
    expect(monthOf('2026-11-27')).toBe('2026-11-01');
    expect(shiftMonth('2026-12-31', 1), 'over the turn of the year').toBe('2027-01-01');
    expect(shiftMonth('2026-03-31', -1), 'February has no 31st, but has a first').toBe('2026-02-01');
  });

  it('can be turned to only where something may be booked', () => {
    expect(monthIsWithin('2026-10-01', '2026-11-22', '2027-02-20'), 'past months').toBe(false);
    expect(monthIsWithin('2026-11-01', '2026-11-22', '2027-02-20'), "today's month").toBe(true);
    expect(monthIsWithin('2027-02-01', '2026-11-22', '2027-02-20'), 'the last month').toBe(true);
    expect(monthIsWithin('2027-03-01', '2026-11-22', '2027-02-20'), 'beyond the horizon').toBe(false);
  });
});
