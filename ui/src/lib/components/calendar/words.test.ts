import { expect, it } from 'vitest';

import type { DayState } from '$lib/host';

import { monthName, shortDayName, spokenDay } from './words';

it.each<[DayState, string]>([
  [{ is: 'free', times: 5 }, 'Friday 27 November, 5 free times'],
  [{ is: 'free', times: 1 }, 'Friday 27 November, 1 free time'],
  [{ is: 'full' }, 'Friday 27 November, full'],
  [{ is: 'closed', reason: 'Stocktaking' }, 'Friday 27 November, closed: Stocktaking'],
  [{ is: 'closed', reason: '' }, 'Friday 27 November, closed'],
  [{ is: 'nobody_works' }, 'Friday 27 November, nobody works'],
  [{ is: 'too_soon' }, 'Friday 27 November, too soon to book'],
  [{ is: 'too_far' }, 'Friday 27 November, not open for booking yet'],
])('a day with %j speaks "%s"', (state, words) => {
  expect(spokenDay('2026-11-27', state, '2026-11-22')).toBe(words);
});

it('says which day is today', () => {
  expect(spokenDay('2026-11-22', { is: 'full' }, '2026-11-22')).toBe('Today, Sunday 22 November, full');
});

it('names months and days in any zone of the device', () => {
  expect(monthName('2026-11-01'), 'the first of a month is not the last of the one before').toBe('November 2026');
  expect(shortDayName('2026-12-01')).toBe('Tue 1 Dec');
});
