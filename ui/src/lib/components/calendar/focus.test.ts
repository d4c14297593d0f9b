import { describe, expect, it } from 'vitest';

import { clamp, entryDay, moveFocus, rangeOf } from './focus';

const range = rangeOf('2026-11-22', '2027-02-20', 'en-GB');

describe('keys in the calendar', () => {
  it.each<[string, boolean, string | undefined, string]>([
    ['ArrowLeft', false, '2026-11-26', 'a day back'],
    ['ArrowRight', false, '2026-11-28', 'a day on'],
    ['ArrowUp', false, '2026-11-20', 'a week back'],
    ['ArrowDown', false, '2026-12-04', 'a week on, into the next month'],
    ['Home', false, '2026-11-23', 'the Monday of that week'],
    ['End', false, '2026-11-29', 'the Sunday of that week'],
    ['PageDown', false, '2026-12-27', 'a month on'],
    ['PageUp', false, '2026-11-16', 'October is over: the first day that can be reached'],
    ['PageDown', true, '2027-02-28', 'a year on is beyond the last month: its last day'],
    ['Enter', false, undefined, 'Enter chooses and does not move'],
    ['a', false, undefined, 'letters mean nothing here'],
  ])('%s (shift: %s) → %s: %s', (key, shiftKey, to) => {
    expect(moveFocus('2026-11-27', { key, shiftKey }, range, 'en-GB')).toBe(to);
  });

  it('mirrors left and right where the page reads from the right', () => {
    expect(moveFocus('2026-11-27', { key: 'ArrowLeft', rtl: true }, range, 'ar')).toBe('2026-11-28');
  });

  it('stays in short months', () => {
    expect(moveFocus('2027-01-31', { key: 'PageDown' }, range, 'en-GB'), 'February has 28 days').toBe('2027-02-28');
  });
});

it('spans from this week to the end of the last month, so that also days without times can be heard', () => {
  expect(range).toEqual({ first: '2026-11-16', last: '2027-02-28' });
  expect(clamp('2026-11-18', range), 'a date within stays').toBe('2026-11-18');
  expect(rangeOf('2026-12-02', '2027-02-20', 'en-GB').first, 'but not into the month before').toBe('2026-12-01');
});

describe('the day in the tab order', () => {
  const day = (date: string, is: string) => ({ date, state: { is } });
  const days = [day('2026-11-21', 'too_soon'), day('2026-11-22', 'full'), day('2026-11-23', 'free')];
  it('is the chosen one', () => expect(entryDay(days, '2026-11-22', '2026-11-22')).toBe('2026-11-22'));
  it('is else the first free one', () => expect(entryDay(days, '2027-01-01', '2026-11-22')).toBe('2026-11-23'));
  it('is else today, else the first', () => {
    expect(entryDay(days.slice(0, 2), undefined, '2026-11-22')).toBe('2026-11-22');
    expect(entryDay(days.slice(0, 2), undefined, '2026-12-22')).toBe('2026-11-21');
    expect(entryDay([], undefined, '2026-11-22'), 'nothing to focus before the month is there').toBeUndefined();
  });
});
