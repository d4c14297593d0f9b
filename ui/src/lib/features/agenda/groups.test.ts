import { expect, it } from 'vitest';

import type { Tab } from '$lib/host';

import { groupOf } from './groups';

const now = new Date('2026-11-22T22:30:00Z');
const on = (date: string, offset = '+01:00') => ({
  start: { at: `${date}T10:00:00Z`, date, time: '11:00', offset, zone: 'Europe/Berlin' },
});

it.each<[string, Tab, string, string]>([
  ['2026-11-22', 'upcoming', 'Today', 'still today in Berlin'],
  ['2026-11-21', 'upcoming', 'Today', 'began before midnight and is not over'],
  ['2026-11-23', 'upcoming', 'Tomorrow', 'the next day'],
  ['2026-11-28', 'upcoming', 'Within a week', 'six days'],
  ['2026-11-29', 'upcoming', 'November', 'the same weekday again: by month'],
  ['2027-01-04', 'upcoming', 'January 2027', 'another year is named'],
  ['2026-11-20', 'past', 'November', 'the past is by month, however near'],
  ['2025-12-31', 'past', 'December 2025', 'another year is named'],
  ['2026-11-23', 'cancelled', 'November', 'what will not be is by month, too'],
])('%s, %s → %s: %s', (date, tab, heading) => expect(groupOf(on(date), tab, now)).toBe(heading));

it('reckons with the clock of the venue', () => {
  expect(groupOf(on('2026-11-23', '+09:00'), 'upcoming', now), 'in Tokyo it is the 23rd already').toBe('Today');
});
