/** A server and a browser for tests of the browser's host. */
import { afterEach, beforeEach, vi } from 'vitest';
import { troubleOf } from '../host';
import type { Command } from '../types/Command';

export type Answer = { status?: number; body?: unknown; retryAfter?: number } | 'nothing';

/** A browser that remembers nothing, anew for each test of a file. */
export function freshBrowser(): void {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
    vi.stubGlobal('EventSource', Stream);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
}

/** Answers requests by path, as a server that knows whoever asks where nothing else is said; what was sent is kept. */
export function server(answers: Record<string, Answer | (() => Answer | Promise<Answer>)>) {
  const sent: { path: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const name = path.replace('/api/v1/', '');
    sent.push({ path: name, body: init.body ? JSON.parse(String(init.body)) : undefined });
    const given = answers[name] ?? usual[name] ?? { status: 404, body: { code: 'not_found' } };
    const answer = typeof given === 'function' ? await given() : given;
    if (answer === 'nothing') throw new TypeError('no route');
    return new Response(answer.body === undefined ? null : JSON.stringify(answer.body), {
      status: answer.status ?? 200,
      headers: answer.retryAfter ? { 'retry-after': String(answer.retryAfter) } : {},
    });
  });
  return sent;
}

/** A stream of pokes. */
export class Stream extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readyState = 1;
  close() {}
}

export const hello = {
  app: 'datebook',
  version: '1',
  zones: '2026e',
  name: 'Salon',
  tagline: '',
  logo: '',
  colour: '#123456',
  demo_email: 'demo@example.com',
  wallets: [],
};
export const profile = { view: 'profile', id: 'me', name: '', email: 'a@b', phone: '', waiting: false };

/** The answer to whoever has no session. */
export const nobody: Answer = { status: 401, body: { code: 'not_signed_in' } };

export const cancel: Command = { type: 'cancel@1', booking: 'b', reason: '' };

/** What went wrong, if anything did. */
export const trouble = (promise: Promise<unknown>) => promise.then(() => undefined, troubleOf);

const usual: Record<string, Answer> = { hello: { body: hello }, view: { body: profile } };

/** The commands among what was sent. */
export const commandsOf = (sent: { path: string; body: unknown }[]) =>
  sent.filter(({ path }) => path === 'execute').map(({ body }) => body as { id: string; command: Command });
