import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  alternativesOf,
  isReached,
  sayCommand,
  sayDone,
  sayMoney,
  sayRefusal,
  sayRefusalAlone,
  sayState,
  sayTrouble,
} from '.';
import { inBerlin } from '$lib/fixtures/civil';
import { deviceEastOfUtc } from '$lib/fixtures/device';
import type { Act, BookingState, BusinessCard, Refusal, Trouble } from '$lib/host';

const now = new Date('2026-11-22T09:00:00Z');
const civil = inBerlin('2026-11-26', '14:00');
const acts: Act[] = ['book', 'reschedule', 'cancel'];

const refusals: Refusal[] = [
  { code: 'slot_taken', facts: { wanted: civil, alternatives: [] } },
  { code: 'slot_taken', facts: { wanted: civil, alternatives: [{ start: civil, staff: 's' }] } },
  { code: 'too_soon', facts: { earliest: civil, alternatives: [] } },
  { code: 'too_far', facts: { latest: civil } },
  ...acts.flatMap((act): Refusal[] => [
    { code: 'switched_off', facts: { act } },
    { code: 'too_late', facts: { act, deadline: civil } },
    { code: 'wrong_state', facts: { act, state: 'cancelled' } },
  ]),
  { code: 'too_early', facts: { act: 'check_in', from: civil } },
  { code: 'wrong_place', facts: { place: 'Mitte', start: civil } },
  { code: 'moved_too_often', facts: { times: 3 } },
  { code: 'staff_not_offered' },
  { code: 'place_not_offered' },
  { code: 'party_too_large', facts: { most: 4 } },
  { code: 'nothing_changed' },
  { code: 'not_found', facts: { what: 'booking' } },
  { code: 'not_found', facts: { what: 'service' } },
  { code: 'already_exists', facts: { what: 'booking' } },
  { code: 'bad_text', facts: { field: 'note', most: 500 } },
  { code: 'not_signed_in' },
  { code: 'unknown_command' },
];

const troubles: Trouble[] = [
  { code: 'offline' },
  { code: 'no_answer' },
  { code: 'booked_before', facts: { booking: 'b' } },
  { code: 'bad_address' },
  { code: 'not_datebook' },
  { code: 'not_encrypted' },
  { code: 'wrong_credentials' },
  { code: 'not_signed_in' },
  { code: 'too_many_attempts', facts: { wait: 30 } },
  { code: 'no_attempt' },
  { code: 'no_business' },
  { code: 'too_late' },
  { code: 'still_waiting', facts: { waiting: 2 } },
  { code: 'not_acceptable' },
  { code: 'storage', facts: { detail: 'disk full' } },
  { code: 'locked' },
  { code: 'server' },
];

const states: BookingState[] = [
  'draft',
  'awaiting_payment',
  'awaiting_provider',
  'confirmed',
  'checked_in',
  'completed',
  'no_show',
  'cancelled',
  'postponed',
];

const isSentence = /^[A-Z0-9].*[.:]$/s;

afterEach(() => void vi.restoreAllMocks());

describe('words', () => {
  it('has a sentence for every refusal', () => {
    for (const refusal of refusals) {
      const words = sayRefusal(refusal, now);
      expect(words, `${refusal.code} must read as a sentence`).toMatch(isSentence);
      expect(words, `${refusal.code}: nobody is shouted at`).not.toContain('!');
      expect(words, `${refusal.code}: no fact may be missing`).not.toMatch(/undefined|\{|_/);
    }
  });

  it('says that times follow only where they can be chosen from', () => {
    const wanted = { wanted: civil, alternatives: [{ start: civil, staff: 's' }] };
    expect(sayRefusal({ code: 'slot_taken', facts: wanted }, now)).toMatch(/:$/);
    expect(sayRefusalAlone({ code: 'slot_taken', facts: wanted }, now), 'nothing stands below').toMatch(/^Thu.*\.$/);
    expect(sayRefusalAlone({ code: 'place_not_offered' }, now), 'others promise nothing').toBe(
      sayRefusal({ code: 'place_not_offered' }, now),
    );
  });

  it('has a sentence for every trouble', () => {
    for (const trouble of troubles) {
      const words = sayTrouble(trouble);
      expect(words, `${trouble.code} must read as a sentence`).toMatch(isSentence);
      expect(words, `${trouble.code}: no fact may be missing`).not.toMatch(/undefined|\{|_/);
    }
    for (const code of ['offline', 'no_answer', 'server'] as const)
      expect(sayTrouble({ code }), `${code}: what is not known is not said`).not.toMatch(/nothing was/i);
    expect(sayTrouble({ code: 'storage', facts: { detail: 'disk full' } }), 'details are for developers').not.toContain(
      'disk',
    );
  });

  it('has kind words for a code it does not know', () => {
    const unheard = { code: 'from_the_future' } as unknown as Refusal;
    expect(sayRefusal(unheard, now), 'an old app may meet a new server').toMatch(isSentence);
  });

  it('says deadlines as moments', () => {
    expect(sayRefusal({ code: 'too_late', facts: { act: 'cancel', deadline: civil } }, now), 'not as a rule').toContain(
      'until Thursday at 14:00',
    );
  });

  it('names the zone of every moment where the clock of the device differs', () => {
    const moments = refusals.filter((refusal) => sayRefusal(refusal, now).includes('14:00'));
    expect(
      moments.map(({ code }) => code),
      'these have one',
    ).toEqual([
      ...['slot_taken', 'slot_taken', 'too_soon', 'too_far', 'too_late', 'too_late', 'too_late'],
      ...['too_early', 'wrong_place'],
    ]);
    deviceEastOfUtc(0);
    for (const refusal of moments) {
      const words = sayRefusal(refusal, now);
      expect(words, `${refusal.code}: it is the clock of the venue`).toContain('Thursday at 14:00 (Berlin time)');
      expect(sayRefusalAlone(refusal, now), refusal.code).toContain('(Berlin time)');
    }
    deviceEastOfUtc(60);
    for (const refusal of moments) expect(sayRefusal(refusal, now), 'here that would be noise').not.toContain('Berlin');
  });

  it('names every state differently', () => {
    expect(new Set(states.map(sayState)).size, 'two states with one name would hide a difference').toBe(states.length);
  });

  it('finds the times that a refusal offers', () => {
    expect(refusals.map((refusal) => alternativesOf(refusal).length).filter(Boolean), 'only one case has some').toEqual(
      [1],
    );
  });

  it('names what was asked for', () => {
    expect(sayCommand({ type: 'cancel@1', booking: 'b', reason: '' }, 'Cut'), 'verb and thing').toBe('Cancel Cut');
  });

  it('writes money in its own minor units', () => {
    expect(sayMoney({ minor: 4205, currency: 'EUR' }), 'cents').toBe('€42.05');
    expect(sayMoney({ minor: 4200, currency: 'JPY' }), 'yen have none').toBe('¥4,200');
    expect(sayMoney({ minor: 1234, currency: 'KWD' }), 'dinars have three digits').toMatch(/1\.234/);
  });
});

describe('what is said after a yes', () => {
  const card = (connection: BusinessCard['connection']) => ({ connection }) as BusinessCard;
  const said = (connection: BusinessCard['connection'], is: 'waiting' | 'accepted') =>
    sayDone(card(connection), { is, command: 'c' } as never, 'done', 'kept');

  it('never says that the business knows what has not left this device', () => {
    expect([said('online', 'accepted'), said('online', 'waiting'), said('connecting', 'waiting')]).toEqual(
      Array(3).fill('done'),
    );
    expect(said('offline', 'waiting')).toBe('kept');
    expect(said('session_ended', 'waiting'), 'here no network helps').toMatch(/signed in again/);
    expect(said('storage', 'waiting'), 'nor here').toMatch(/room/);
    expect(said('locked', 'waiting'), 'nor here').toMatch(/unlocked/);
    expect(said('too_old', 'waiting'), 'nor here').toMatch(/updated/);
    expect(isReached(card('locked')), 'nothing goes out without the token').toBe(false);
    expect(isReached(card('session_ended')), 'nothing goes out without a session').toBe(false);
  });
});
