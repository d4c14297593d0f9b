/**
 * A sign-in that was begun in this browser: the secret that turns a link's code or six digits into a session (PKCE,
 * RFC 7636). Kept over a reload and shared between tabs, because the mail's link opens in a new one.
 */
import { HostTrouble } from '../host';
import { base64url, newId, newSecret } from '../id';

/** What is kept. */
export interface Attempt {
  attempt: string;
  verifier: string;
  /** The path that the person came from and wants to go back to. */
  next?: string;
}

const attemptKey = 'datebook.attempt';
const deviceKey = 'datebook.device';

/** A new secret and what may be told of it. */
export async function secret(): Promise<{ verifier: string; challenge: string }> {
  if (!globalThis.crypto?.subtle) throw new HostTrouble({ code: 'not_encrypted' });
  const verifier = newSecret();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return { verifier, challenge: base64url(new Uint8Array(digest)) };
}

export function keep(attempt: Attempt): void {
  localStorage.setItem(attemptKey, JSON.stringify(attempt));
}

export function kept(): Attempt | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(attemptKey) ?? 'null') as Partial<Attempt> | null;
    if (!found?.attempt || !found.verifier) return undefined;
    const { attempt, verifier, next } = found;
    return { attempt, verifier, ...(typeof next === 'string' ? { next } : {}) };
  } catch {
    return undefined;
  }
}

export function forget(): void {
  localStorage.removeItem(attemptKey);
}

/** This browser's id as a device: one for each customer, until they sign out. */
export function device(): string {
  const known = localStorage.getItem(deviceKey);
  if (known) return known;
  const fresh = newId();
  localStorage.setItem(deviceKey, fresh);
  return fresh;
}

/** The next customer is another device to the server. */
export function forgetDevice(): void {
  localStorage.removeItem(deviceKey);
}
