/** Requests to the server that this page came from. */
import { HostTrouble } from '../host';
import type { Problem } from '../types/Problem';
import type { Refusal } from '../types/Refusal';
import type { Trouble } from '../types/Trouble';

/** The rules said no to a request that has no other way to say it. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}

/** This browser's device id belongs to somebody else. Nothing was used up: asking again under another one is fine. */
export class DeviceTaken extends HostTrouble {
  constructor() {
    super({ code: 'server' });
  }
}

/** What was asked for is not there, or not any more. */
export class NotFound extends HostTrouble {
  constructor() {
    super({ code: 'server' });
  }
}

/** What a problem on the wire means to a screen. `retryAfter` is the header, in seconds. */
export function troubleFrom(problem: Partial<Problem>, retryAfter: number): Trouble {
  switch (problem.code) {
    case 'not_signed_in':
      return { code: 'not_signed_in' };
    case 'wrong_credentials':
      return { code: 'wrong_credentials' };
    case 'too_many_attempts':
      return { code: 'too_many_attempts', facts: { wait: retryAfter } };
    case 'bad_request':
    case 'too_large':
      return { code: 'not_acceptable' };
    case 'busy':
      return { code: 'offline' };
    default:
      return { code: 'server' };
  }
}

/**
 * Sends a request and reads its answer.
 *
 * @throws {HostTrouble} `offline` when nothing answers; {@link NotFound} when there is no such thing; {@link Refused}
 * when the rules say no.
 */
export async function ask<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new HostTrouble({ code: 'offline' });
  }
  if (response.status === 204) return undefined as T;
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    throw new HostTrouble(response.ok ? { code: 'not_datebook' } : { code: 'server' });
  }
  if (response.ok) return answer as T;
  const problem = answer as Partial<Problem>;
  if (problem.code === 'refused' && problem.refusal) throw new Refused(problem.refusal);
  if (problem.code === 'device_taken') throw new DeviceTaken();
  if (problem.code === 'not_found') throw new NotFound();
  throw new HostTrouble(troubleFrom(problem, Number(response.headers.get('retry-after')) || 60));
}
