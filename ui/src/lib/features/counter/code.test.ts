// @vitest-environment node
import { getPublicKeyAsync, signAsync } from '@noble/ed25519';
import { beforeAll, describe, expect, it } from 'vitest';
import { inBerlin } from '$lib/fixtures/civil';
import { counterDay } from '$lib/fixtures/counter';
import type { CounterDay } from '$lib/host/types/CounterDay';
import type { Expected } from '$lib/host/types/Expected';
import { bookingOf, check, reference, tokenOf } from './code';

const secret = new Uint8Array(32).fill(7);
const NOW = Date.parse('2026-03-05T08:50:00Z');
const BOOKING = '01900000-0000-7000-8000-000000000007';
const ADDRESS = 'https://salon.example';
let publicKey: Uint8Array;

beforeAll(async () => {
  publicKey = await getPublicKeyAsync(secret);
});

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const short = async (bytes: Uint8Array) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))).slice(0, 8);

interface Says {
  issued: number;
  seconds: number;
  place: string;
  booking: string;
  address: string;
  nonce: number;
}

/** A code as a device makes it. */
async function made(says: Partial<Says> = {}): Promise<Uint8Array> {
  const { issued, seconds, place, booking, address, nonce } = {
    issued: NOW / 1000,
    seconds: 120,
    place: 'mitte',
    booking: BOOKING,
    address: ADDRESS,
    nonce: 1,
    ...says,
  };
  const name = new TextEncoder().encode(place);
  const said = new Uint8Array(52 + name.length);
  const view = new DataView(said.buffer);
  said[0] = 1;
  said.set(await short(new TextEncoder().encode(address)), 1);
  said.set(Buffer.from(booking.replaceAll('-', ''), 'hex'), 9);
  said.set(await short(publicKey), 25);
  view.setBigInt64(33, BigInt(issued));
  view.setUint16(41, seconds);
  said[50] = nonce;
  said[51] = name.length;
  said.set(name, 52);
  const message = Buffer.concat([Buffer.from('datebook check-in 1\n'), said]);
  return new Uint8Array(Buffer.concat([said, await signAsync(new Uint8Array(message), secret)]));
}

function expected(more: Partial<Expected> = {}): Expected {
  return {
    booking: BOOKING,
    reference: '0123-ABCD',
    customer: 'Ada',
    service: 'Haircut',
    staff: 'Anna',
    start: inBerlin('2026-03-05', '10:00'),
    end: inBerlin('2026-03-05', '11:00'),
    party: 1,
    state: 'confirmed',
    opens: '2026-03-05T08:30:00Z',
    closes: '2026-03-05T09:15:00Z',
    coming: false,
    late: null,
    keys: [base64(publicKey)],
    ...more,
  };
}

function day(booking: Expected = expected()): CounterDay {
  const places = [
    { id: 'mitte', name: 'Mitte' },
    { id: 'island', name: 'Island' },
  ];
  return { ...counterDay([booking]), now: '2026-03-05T08:50:00Z', addresses: [ADDRESS], places };
}

async function why(code: Uint8Array, of = day(), used: string[] = [], now = NOW): Promise<string> {
  const checked = await check(base64(code), of, new Set(used), now);
  return checked.is === 'refused' ? checked.why.why : 'genuine';
}

describe('a code', () => {
  it('is taken as a link or by itself', async () => {
    const token = base64(await made());
    for (const text of [
      token,
      ` ${token} `,
      `datebook://check-in?server=https%3A%2F%2Fsalon.example&token=${token}`,
      `https://salon.example/open/check-in#token=${token}`,
    ])
      expect(tokenOf(text), text).toBe(token);
    for (const text of ['', 'hello', 'https://salon.example/', 'datebook://check-in?token=at_mitte'])
      expect(tokenOf(text), text).toBeNull();
  });

  it('that is right is right', async () => {
    const checked = await check(base64(await made()), day(), new Set(), NOW);
    expect(checked.is, 'signed by a device of this customer, now, here').toBe('genuine');
  });

  it('works once', async () => {
    const checked = await check(base64(await made()), day(), new Set(), NOW);
    if (checked.is !== 'genuine') throw new Error('it is genuine');
    expect(await why(await made(), day(), [checked.number]), 'a photograph of it is not').toBe('replayed');
    const here = day(expected({ state: 'checked_in' }));
    expect(await why(await made(), here, [checked.number]), 'the customer is here').toBe('already');
    expect(await why(await made({ nonce: 2 }), day(), [checked.number]), 'the next one is another').toBe('genuine');
  });

  it('holds for minutes', async () => {
    expect(await why(await made(), day(), [], NOW + 121_000), 'over').toBe('expired');
    expect(await why(await made({ issued: NOW / 1000 + 121 })), 'not yet').toBe('future');
    expect(await why(await made({ seconds: 3600 })), 'longer than any app makes').toBe('future');
  });

  it('is of one business, place, day and window', async () => {
    expect(await why(await made({ address: 'https://other.example' })), 'elsewhere').toBe('other_business');
    expect(await why(await made({ place: 'island' })), 'the other place').toBe('wrong_place');
    expect(await why(await made({ booking: BOOKING.replace('7000', '7001') })), 'nobody').toBe('not_expected');
    const tomorrow = expected({ start: inBerlin('2026-03-06', '10:00'), opens: '2026-03-06T08:30:00Z' });
    expect(await why(await made(), day(tomorrow)), 'tomorrow').toBe('wrong_day');
    expect(await why(await made(), day(expected({ opens: '2026-03-05T08:51:00Z' }))), 'soon').toBe('too_early');
    expect(await why(await made(), day(expected({ closes: '2026-03-05T08:49:00Z' }))), 'gone').toBe('closed');
    expect(await why(await made(), day(expected({ state: 'checked_in' }))), 'twice').toBe('already');
    for (const state of ['awaiting_provider', 'completed', 'cancelled'] as const) {
      const checked = await check(base64(await made()), day(expected({ state })), new Set(), NOW);
      expect(checked, 'and says how it stands').toMatchObject({ why: { why: 'wrong_state', state } });
    }
  });

  it('counts in its window on either side of midnight', async () => {
    const after = expected({
      start: inBerlin('2026-03-06', '00:15'),
      end: inBerlin('2026-03-06', '01:15'),
      opens: '2026-03-05T22:45:00Z',
      closes: '2026-03-05T23:30:00Z',
    });
    const before = expected({
      start: inBerlin('2026-03-05', '23:45'),
      end: inBerlin('2026-03-06', '00:45'),
      opens: '2026-03-05T22:15:00Z',
      closes: '2026-03-05T23:00:00Z',
    });
    const at = async (moment: string, booking: Expected) => {
      const now = Date.parse(moment);
      return why(await made({ issued: now / 1000 }), day(booking), [], now);
    };
    expect(await at('2026-03-05T22:55:00Z', after), 'five to, for a quarter past').toBe('genuine');
    expect(await at('2026-03-05T22:44:00Z', after), 'before the window it is of another day').toBe('wrong_day');
    expect(await at('2026-03-05T23:00:00Z', before), 'at midnight, for a quarter to').toBe('genuine');
    expect(await at('2026-03-05T23:05:00Z', before), 'five past it is late, not another day').toBe('closed');
  });

  it('with any bit turned is refused', async () => {
    const good = await made();
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const bad = good.slice();
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expect(await why(bad), `bit ${bit} says something else now`).not.toBe('genuine');
    }
  }, 60_000);

  it('of another device is forged', async () => {
    const other = base64(await getPublicKeyAsync(new Uint8Array(32).fill(8)));
    expect(await why(await made(), day(expected({ keys: [other] }))), 'not of this customer').toBe('forged');
    expect(await why(await made(), day(expected({ keys: [] }))), 'no device is known').toBe('forged');
  });
});

describe("a pass's code", () => {
  it('names a booking', () => {
    for (const text of [
      `datebook://booking?server=https%3A%2F%2Fsalon.example&booking=${BOOKING}`,
      `https://salon.example/open/booking/${BOOKING}`,
    ])
      expect(bookingOf(text), text).toBe(BOOKING);
    for (const text of ['', BOOKING, `https://salon.example/booking/${BOOKING}`, `datebook://guest?booking=${BOOKING}`])
      expect(bookingOf(text), text).toBeNull();
  });
});

describe('a reference', () => {
  it.each([
    ['0123-abcd', '0123-ABCD'],
    [' o123 abcd ', '0123-ABCD'],
    ['Ol23ABCD', '0123-ABCD'],
    ['01', '01'],
  ])('typed as %j is %j', (typed, meant) => {
    expect(reference(typed)).toBe(meant);
  });
});
