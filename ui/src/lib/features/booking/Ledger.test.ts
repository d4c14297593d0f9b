import { cleanup, render } from '@testing-library/svelte';
import { afterEach, expect, it, vi } from 'vitest';

import { inBerlin } from '$lib/fixtures/civil';
import { deviceEastOfUtc } from '$lib/fixtures/device';
import type { LedgerLine } from '$lib/host';

import Ledger from './Ledger.svelte';

const lines: LedgerLine[] = [
  { what: 'booked', at: inBerlin('2036-11-20', '09:00'), by: 'business', start: inBerlin('2036-11-26', '14:00') },
  {
    ...{ what: 'rescheduled', at: inBerlin('2036-11-21', '10:00'), by: 'customer' },
    ...{ from: inBerlin('2036-11-26', '14:00'), to: inBerlin('2036-11-27', '16:00') },
  },
];
const times = () => document.body.textContent?.match(/\d\d:\d\d( \(Berlin time\))?/g);

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

it('names the zone of every time where the clock of the device differs', () => {
  deviceEastOfUtc(0);
  render(Ledger, { lines });
  expect(times(), 'nobody takes a former or a new time for their own').toEqual([
    ...['14:00 (Berlin time)', '09:00 (Berlin time)'],
    ...['14:00 (Berlin time)', '16:00 (Berlin time)', '10:00 (Berlin time)'],
  ]);
});

it('names no zone where the clocks agree', () => {
  deviceEastOfUtc(60);
  render(Ledger, { lines });
  expect(times(), 'that would be noise').toEqual(['14:00', '09:00', '14:00', '16:00', '10:00']);
});
