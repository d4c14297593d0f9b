/**
 * Reads and checks a customer's code, without a network (Z08). The layout is that of
 * `crates/domain/src/check_in/token.rs`.
 *
 * **Invariant:** nothing that a code says is believed before a key of that customer's own devices has signed it. What
 * is said of a code that was refused is for kindness only.
 */
import { verifyAsync } from '@noble/ed25519';
import type { BookingState } from '$lib/host/types/BookingState';
import type { CounterDay } from '$lib/host/types/CounterDay';
import type { Expected } from '$lib/host/types/Expected';
import { isToday } from './kept';

/** What is signed begins with this. */
const CONTEXT = 'datebook check-in 1\n';
/** How far a device's clock may be ahead, in seconds. */
const SKEW = 120;
/** The longest that a code may say it holds. */
const MOST_SECONDS = 600;
const HEAD = 52;
const SIGNATURE = 64;

/** What a code says. Bytes are in hexadecimal. */
export interface Token {
  business: string;
  booking: string;
  key: string;
  /** Seconds since 1970. */
  issued: number;
  seconds: number;
  nonce: string;
  place: string;
}

/** Why a code is refused. */
export type Why =
  | { why: 'no_code' | 'version' | 'other_business' | 'not_expected' | 'forged' | 'expired' | 'future' | 'replayed' }
  | { why: 'already' }
  | { why: 'wrong_state'; state: BookingState }
  | { why: 'wrong_place'; place: string }
  | { why: 'wrong_day' | 'too_early' | 'closed'; booking: Expected };

export type Checked =
  { is: 'genuine'; booking: Expected; code: string; number: string } | { is: 'refused'; why: Why; booking?: Expected };

/** The token in what was read: a link of the app in either form, or the token by itself. */
export function tokenOf(text: string): string | null {
  const trimmed = text.trim();
  if (/^[A-Za-z0-9_-]{100,400}$/.test(trimmed)) return trimmed;
  try {
    const url = new URL(trimmed);
    const web = url.protocol === 'https:' || url.protocol === 'http:';
    const values = web ? new URLSearchParams(url.hash.slice(1)) : url.searchParams;
    const token = values.get('token');
    return token && /^[A-Za-z0-9_-]{100,400}$/.test(token) ? token : null;
  } catch {
    return null;
  }
}

/** The booking in the link that a pass shows. It proves nothing: it is as good as a reference that was typed (M09). */
export function bookingOf(text: string): string | null {
  const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
  const app = new RegExp(`^datebook://booking/?\\?(?:.*&)?booking=(${id})(?:&|$)`);
  const web = new RegExp(`^https?://[^/]+/open/booking/(${id})(?:[?#]|$)`);
  return (app.exec(text.trim()) ?? web.exec(text.trim()))?.[1] ?? null;
}

/** Takes a code apart. */
export function read(token: string): { token: Token; said: Uint8Array; signature: Uint8Array } | 'no_code' | 'version' {
  const bytes = unbase64(token);
  if (!bytes || bytes.length < HEAD + SIGNATURE) return 'no_code';
  if (bytes[0] !== 1) return 'version';
  const length = bytes[HEAD - 1] ?? 0;
  if (bytes.length !== HEAD + length + SIGNATURE) return 'no_code';
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const booking = hex(bytes.slice(9, 25)).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return {
    token: {
      business: hex(bytes.slice(1, 9)),
      booking,
      key: hex(bytes.slice(25, 33)),
      issued: Number(view.getBigInt64(33)),
      seconds: view.getUint16(41),
      nonce: hex(bytes.slice(43, 51)),
      place: new TextDecoder().decode(bytes.slice(HEAD, HEAD + length)),
    },
    said: bytes.slice(0, HEAD + length),
    signature: bytes.slice(HEAD + length),
  };
}

/** Checks what was read against the day. `used` has the numbers of the codes that were taken before. */
export async function check(text: string, day: CounterDay, used: ReadonlySet<string>, now: number): Promise<Checked> {
  const refused = (why: Why, booking?: Expected): Checked => ({ is: 'refused', why, booking });
  const code = tokenOf(text);
  if (!code) return refused({ why: 'no_code' });
  const parts = read(code);
  if (typeof parts === 'string') return refused({ why: parts });
  const { token, said, signature } = parts;
  const ours = await Promise.all(day.addresses.map((address) => short(new TextEncoder().encode(address))));
  if (!ours.includes(token.business)) return refused({ why: 'other_business' });
  if (token.place !== day.place) {
    const name = day.places.find((place) => place.id === token.place)?.name ?? token.place;
    return refused({ why: 'wrong_place', place: name });
  }
  const booking = day.bookings.find((one) => one.booking === token.booking);
  if (!booking) return refused({ why: 'not_expected' });
  if (!(await genuine(token, said, signature, booking.keys))) return refused({ why: 'forged' });
  const age = Math.floor(now / 1000) - token.issued;
  if (age < -SKEW || token.seconds > MOST_SECONDS) return refused({ why: 'future' }, booking);
  if (age > token.seconds) return refused({ why: 'expired' }, booking);
  if (!isToday(booking, now)) return refused({ why: 'wrong_day', booking }, booking);
  // Most often the customer's own phone, read once more: whose visit it is matters, not whether the code was used.
  if (booking.state === 'checked_in') return refused({ why: 'already' }, booking);
  const number = token.key + token.nonce;
  if (used.has(number)) return refused({ why: 'replayed' }, booking);
  if (booking.state !== 'confirmed') return refused({ why: 'wrong_state', state: booking.state }, booking);
  if (now < Date.parse(booking.opens)) return refused({ why: 'too_early', booking }, booking);
  if (now > Date.parse(booking.closes)) return refused({ why: 'closed', booking }, booking);
  return { is: 'genuine', booking, code, number };
}

async function genuine(token: Token, said: Uint8Array, signature: Uint8Array, keys: string[]): Promise<boolean> {
  const context = new TextEncoder().encode(CONTEXT);
  const message = new Uint8Array(context.length + said.length);
  message.set(context);
  message.set(said, context.length);
  for (const text of keys) {
    const key = unbase64(text);
    if (!key || (await short(key)) !== token.key) continue;
    try {
      // As the server does it: RFC 8032 to the letter, not the more generous rule of some chains.
      if (await verifyAsync(signature, message, key, { zip215: false })) return true;
    } catch {
      // What is no point or no number is no signature.
    }
  }
  return false;
}

async function short(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return hex(new Uint8Array(digest).slice(0, 8));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function unbase64(text: string): Uint8Array | null {
  try {
    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(plain, (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

/** A reference as people type it: case, gaps and the letters that look like digits do not matter. */
export function reference(typed: string): string {
  const plain = typed
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return plain.length === 8 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : plain;
}
