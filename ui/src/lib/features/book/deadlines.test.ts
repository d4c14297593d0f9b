import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { inBerlin } from '$lib/fixtures/civil';
import { deviceEastOfUtc } from '$lib/fixtures/device';
import type { Civil } from '$lib/host';

import { deadlines } from './deadlines';

const now = new Date('2026-11-22T10:00:00Z');
const thursday = inBerlin('2026-11-26', '14:00');

beforeEach(() => deviceEastOfUtc(60));
afterEach(() => void vi.restoreAllMocks());

it.each<[Civil | null, Civil | null, string[], string]>([
  [thursday, thursday, ['You can move or cancel until Thursday at 14:00.'], 'one moment for both'],
  [
    thursday,
    inBerlin('2026-11-25', '14:00'),
    ['You can move it until Wednesday at 14:00.', 'You can cancel until Thursday at 14:00.'],
    'two moments',
  ],
  [
    null,
    thursday,
    ['You can move it until Thursday at 14:00.', 'It cannot be cancelled online. Call if something comes up.'],
    'the business does not let customers cancel',
  ],
  [
    inBerlin('2026-11-21', '14:00'),
    null,
    ['It cannot be moved online.', 'The time to cancel online is already over. Call if something comes up.'],
    'booked at short notice: the deadline has passed before the booking is made',
  ],
])('cancel %j, move %j → %j: %s', (cancel_until, reschedule_until, words) => {
  expect(deadlines({ cancel_until, reschedule_until }, now)).toEqual(words);
});

it('names the zone where the clock of the device differs', () => {
  deviceEastOfUtc(0);
  expect(deadlines({ cancel_until: thursday, reschedule_until: thursday }, now), 'it is over an hour before').toEqual([
    'You can move or cancel until Thursday at 14:00 (Berlin time).',
  ]);
  const apart = { cancel_until: thursday, reschedule_until: inBerlin('2026-11-25', '14:00') };
  expect(deadlines(apart, now)).toEqual([
    'You can move it until Wednesday at 14:00 (Berlin time).',
    'You can cancel until Thursday at 14:00 (Berlin time).',
  ]);
});
