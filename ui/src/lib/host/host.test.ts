import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserHost, here } from './browser';
import { digitsIn, isEmail } from '../features/sign-in/sign-in.svelte';
import { troubleFrom } from './browser/wire';
import { HostTrouble, troubleOf } from './host';
import { newId } from './id';
import { cameFrom, handOver } from './link-page';
import { tauriHost } from './tauri';
import type { Command } from './types/Command';
import type { Event } from './types/Event';

type Answer = { status?: number; body?: unknown; retryAfter?: number } | 'nothing';

/** Answers requests by path; what was sent is kept. */
function server(answers: Record<string, Answer | (() => Answer)>) {
  const sent: { path: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const name = path.replace('/api/v1/', '');
    sent.push({ path: name, body: init.body ? JSON.parse(String(init.body)) : undefined });
    const given = answers[name];
    const answer = typeof given === 'function' ? given() : (given ?? { status: 404, body: { code: 'not_found' } });
    if (answer === 'nothing') throw new TypeError('no route');
    return new Response(answer.body === undefined ? null : JSON.stringify(answer.body), {
      status: answer.status ?? 200,
      headers: answer.retryAfter ? { 'retry-after': String(answer.retryAfter) } : {},
    });
  });
  return sent;
}

class Stream extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readyState = 1;
  close() {}
}

const hello = {
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
const profile = { view: 'profile', id: 'me', name: '', email: 'a@b', phone: '', waiting: false };
const cancel: Command = { type: 'cancel@1', booking: 'b', reason: '' };

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal('EventSource', Stream);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const trouble = (promise: Promise<unknown>) => promise.then(() => undefined, troubleOf);

describe('the browser’s host', () => {
  it('is one business, open for whoever holds the cookie', async () => {
    server({ hello: { body: hello }, view: { body: profile } });
    const [card] = await browserHost().businesses();
    expect(card, 'the card tells what the server says').toMatchObject({
      id: here,
      name: 'Salon',
      customer: 'me',
      ready: true,
    });
    expect(card?.connection, 'the server has just answered').toBe('online');
  });

  it('knows that nobody is signed in', async () => {
    server({ hello: { body: hello }, view: { status: 401, body: { code: 'not_signed_in' } } });
    const [card] = await browserHost().businesses();
    expect(card?.customer, 'no session, no customer').toBeNull();
  });

  it('says offline, and keeps what was read', async () => {
    let up = true;
    const screen = { view: 'agenda', tickets: [], next: null };
    server({ view: () => (up ? { body: screen } : 'nothing') });
    const host = browserHost();
    const query = { view: 'agenda', tab: 'upcoming', text: '' } as const;
    await host.view(here, query);
    up = false;
    expect(await host.view(here, query), 'what was on screen stays readable').toEqual({ is: 'screen', screen });
    expect(await trouble(host.view(here, { ...query, tab: 'past' })), 'what was never read cannot be shown').toEqual({
      code: 'offline',
    });
  });

  it('queues nothing, and says only what is certain of a command that got no verdict', async () => {
    const problem = (code: string, status: number) => ({ status, body: { code } });
    let answer: Answer = 'nothing';
    server({ execute: () => answer });
    const execute = () => trouble(browserHost().execute(here, cancel));
    expect(await execute(), 'it may have arrived').toEqual({ code: 'no_answer' });
    answer = problem('server_error', 500);
    expect(await execute(), 'what broke may have broken after it').toEqual({ code: 'no_answer' });
    answer = problem('busy', 503);
    expect(await execute(), 'a server may lose its patience on the way').toEqual({ code: 'no_answer' });
    answer = problem('too_large', 413);
    expect(await execute(), 'whoever says why has not run it').toEqual({ code: 'not_acceptable' });
    answer = 'nothing';
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    expect(await execute(), 'without a network nothing leaves').toEqual({ code: 'offline' });
    expect(await browserHost().outbox(here), 'and nothing waits').toEqual([]);
  });

  it('asks again with the same id when the verdict was lost', async () => {
    let up = false;
    const sent = server({
      execute: () => (up ? { body: { verdict: 'accepted', outcome: { is: 'cancelled', booking: 'b' } } } : 'nothing'),
    });
    const host = browserHost();
    await trouble(host.execute(here, cancel));
    up = true;
    expect(await host.execute(here, cancel), 'the server says yes').toMatchObject({ is: 'accepted' });
    await host.execute(here, cancel);
    const ids = sent.map(({ body }) => (body as { id: string }).id);
    expect(ids[1], 'the lost one may have taken effect: it must not be done twice').toBe(ids[0]);
    expect(ids[2], 'a new wish is a new command').not.toBe(ids[0]);
  });

  it('takes back what was lost before it sends anything else', async () => {
    let up = false;
    const sent = server({
      execute: () => (up ? { body: { verdict: 'accepted', outcome: { is: 'nothing' } } } : 'nothing'),
    });
    const host = browserHost();
    const profile: Command = { type: 'update_profile@1', name: 'Ada', phone: '' };
    await trouble(host.execute(here, cancel));
    expect(await trouble(host.execute(here, profile)), 'the end of the first comes first').toEqual({
      code: 'no_answer',
    });
    up = true;
    await host.execute(here, profile);
    await host.execute(here, cancel);
    const given = sent.map(({ body }) => body as { id: string; command: Command });
    expect(
      given.map(({ command }) => command.type),
      'a cancellation that nobody speaks of any more must not come late',
    ).toEqual(['cancel@1', 'withdrawn@1', 'withdrawn@1', 'update_profile@1', 'cancel@1']);
    expect(new Set(given.slice(0, 3).map(({ id }) => id)).size, 'one of the two takes effect, not both').toBe(1);
    expect(new Set(given.slice(2).map(({ id }) => id)).size, 'then the same words are a new wish').toBe(3);
  });

  it('does not call done what it took back, when only the answer to that was lost', async () => {
    const nothing = { body: { verdict: 'accepted', outcome: { is: 'nothing' } } };
    const cancelled = { body: { verdict: 'accepted', outcome: { is: 'cancelled', booking: 'b' } } };
    const answers: Answer[] = ['nothing', 'nothing', nothing, cancelled];
    const sent = server({ execute: () => answers.shift()! });
    const host = browserHost();
    await trouble(host.execute(here, cancel));
    await trouble(host.execute(here, { type: 'update_profile@1', name: 'Ada', phone: '' }));
    expect(await host.execute(here, cancel)).toMatchObject({ is: 'accepted', outcome: { is: 'cancelled' } });
    const given = sent.map(({ body }) => body as { id: string; command: Command });
    expect(given.map(({ command }) => command.type)).toEqual(['cancel@1', 'withdrawn@1', 'cancel@1', 'cancel@1']);
    expect(new Set(given.slice(0, 3).map(({ id }) => id)).size, 'first its end is heard').toBe(1);
    expect(given[3]!.id, 'then it is given anew').not.toBe(given[0]!.id);
  });

  it('does not book a second time when the first turns out to be there', async () => {
    const wish = { service: 's', variant: 'v', place: 'p', party: 1, note: '' };
    const book = (booking: string): Command => ({ type: 'book@1', booking, start: `${booking} o'clock`, ...wish });
    const booked = (booking: string) => ({
      body: { verdict: 'accepted', outcome: { is: 'booked', booking, confirmed: true } },
    });
    const answers: Answer[] = ['nothing', booked('10'), booked('11')];
    const sent = server({ execute: () => answers.shift()! });
    const host = browserHost();
    const events: string[] = [];
    host.events(({ event }) => void events.push(event));
    await trouble(host.execute(here, book('10')));
    events.length = 0;
    expect(await trouble(host.execute(here, book('11'))), 'there is one, and it is said').toEqual({
      code: 'booked_before',
      facts: { booking: '10' },
    });
    expect(events, 'and shown').toContain('changed');
    expect(sent.length, 'the second was not sent').toBe(2);
    expect(await host.execute(here, book('11')), 'whoever wants both has both').toMatchObject({ is: 'accepted' });
  });

  it('forgets what was not answered when somebody else signs in', async () => {
    let up = false;
    let who = 'me';
    const yes = { verdict: 'accepted', outcome: { is: 'cancelled', booking: 'b' } };
    const sent = server({
      hello: { body: hello },
      view: { body: profile },
      'sign-in/password': () => ({ body: { customer: who, last: 0 } }),
      execute: () => (up ? { body: yes } : 'nothing'),
    });
    const host = browserHost();
    await host.businesses();
    await trouble(host.execute(here, cancel));
    await host.signInWithPassword(here, 'a@b', 'long enough');
    await trouble(host.execute(here, cancel));
    who = 'you';
    await host.signInWithPassword(here, 'b@b', 'long enough');
    up = true;
    await host.execute(here, cancel);
    const ids = sent.filter(({ path }) => path === 'execute').map(({ body }) => (body as { id: string }).id);
    expect(ids[1], 'the same customer asks again').toBe(ids[0]);
    expect(ids[2], 'the next one asks for something of their own').not.toBe(ids[0]);
  });

  it('still knows what was not answered when the same customer signs in again', async () => {
    let inside = true;
    const sent = server({
      hello: { body: hello },
      view: () => (inside ? { body: profile } : { status: 401, body: { code: 'not_signed_in' } }),
      'sign-in/password': { body: { customer: 'me', last: 0 } },
      execute: 'nothing',
    });
    const host = browserHost();
    await host.businesses();
    await trouble(host.execute(here, cancel));
    inside = false;
    await trouble(host.view(here, { view: 'profile' }));
    await host.signInWithPassword(here, 'a@b', 'long enough');
    await trouble(host.execute(here, cancel));
    const ids = sent.filter(({ path }) => path === 'execute').map(({ body }) => (body as { id: string }).id);
    expect(ids[1], 'the session had an end, the wish has none yet').toBe(ids[0]);
  });

  it('is another device for the next customer', async () => {
    const answers: Answer[] = [{ status: 409, body: { code: 'device_taken' } }];
    const sent = server({
      'sign-in/password': () => answers.shift() ?? { body: { customer: 'me', last: 0 } },
      'sign-out': { status: 204 },
    });
    const host = browserHost();
    await host.signInWithPassword(here, 'a@b', 'long enough');
    await host.signInWithPassword(here, 'a@b', 'long enough');
    await host.signOut(here, false);
    await host.signInWithPassword(here, 'a@b', 'long enough');
    const ids = sent.filter(({ path }) => path !== 'sign-out').map(({ body }) => (body as { device: string }).device);
    expect(ids.length, 'asked once more after the server said no').toBe(4);
    expect(ids[1], 'under another id').not.toBe(ids[0]);
    expect(ids[2], 'which stays').toBe(ids[1]);
    expect(ids[3], 'until somebody signs out').not.toBe(ids[2]);
    answers.push(...[1, 2].map(() => ({ status: 409, body: { code: 'device_taken' } })));
    expect(await trouble(host.signInWithPassword(here, 'a@b', 'x')), 'not for ever').toEqual({ code: 'server' });
  });

  it('hands refusals on', async () => {
    const refusal = { code: 'nothing_changed' };
    server({
      execute: { body: { verdict: 'refused', refusal } },
      view: { status: 422, body: { code: 'refused', refusal } },
    });
    expect(await browserHost().execute(here, cancel), 'a verdict').toEqual({ is: 'refused', refusal });
    expect(await browserHost().view(here, { view: 'catalogue' }), 'a problem').toEqual({ is: 'refused', refusal });
  });

  it('ends the session when the server does', async () => {
    let inside = true;
    server({
      hello: { body: hello },
      view: () => (inside ? { body: profile } : { status: 401, body: { code: 'not_signed_in' } }),
    });
    const host = browserHost();
    await host.businesses();
    const events: Event[] = [];
    await host.events((event) => events.push(event));
    inside = false;
    await trouble(host.view(here, { view: 'profile' }));
    expect((await host.businesses())[0], 'the card says so').toMatchObject({
      customer: null,
      connection: 'session_ended',
    });
    expect(
      events.map(({ event }) => event),
      'and the screens hear of it',
    ).toContain('card');
  });

  it('signs in with digits only where the mail was asked for', async () => {
    const sent = server({
      'sign-in/link': { body: { attempt: 'at', expires: '2026-11-22T10:00:00Z' } },
      'sign-in/token': { body: { customer: 'me', last: 0 } },
    });
    expect(await trouble(browserHost().signInWithDigits(here, '123456')), 'no secret, no session').toEqual({
      code: 'no_attempt',
    });
    const host = browserHost();
    await host.requestLink(here, 'a@b');
    await browserHost().signInWithDigits(here, '123456');
    const [link, token] = sent as { body: Record<string, unknown> }[];
    expect(link?.body.challenge, '43 characters (RFC 7636, section 4.2)').toMatch(/^[\w-]{43}$/);
    expect(token?.body, 'a reload keeps the attempt').toMatchObject({
      attempt: 'at',
      proof: { digits: '123456' },
      browser: true,
    });
    expect(token?.body.verifier, 'the secret itself is sent only now').not.toBe(link?.body.challenge);
    expect(await trouble(host.signInWithCode(here, 'at', 'c')), 'an attempt works once').toEqual({
      code: 'no_attempt',
    });
  });

  it('remembers where the person came from until the sign-in is finished', async () => {
    server({
      'sign-in/link': { body: { attempt: 'at', expires: '2026-11-22T10:00:00Z' } },
      'sign-in/token': { body: { customer: 'me', last: 0 } },
    });
    await browserHost().requestLink(here, 'a@b', '/book?service=cut');
    expect(cameFrom(), 'the link opens in another tab, which leads there').toBe('/book?service=cut');
    await browserHost().signInWithCode(here, 'at', 'code');
    expect(cameFrom(), 'the next sign-in begins anew').toBe('');
  });

  it('notices that another tab signed in', async () => {
    let inside = false;
    server({
      hello: { body: hello },
      view: () => (inside ? { body: profile } : { status: 401, body: { code: 'not_signed_in' } }),
    });
    const host = browserHost();
    await host.businesses();
    const told = new Promise<Event>((tell) => void host.events(tell));
    inside = true;
    window.dispatchEvent(new StorageEvent('storage', { key: 'datebook.session-changed' }));
    expect((await told).event, 'the screens hear of it').toBe('card');
    expect((await host.businesses())[0]?.customer, 'the cookie is the same').toBe('me');
  });

  it('does not ask again at once when the server refuses to be listened to', async () => {
    const opened: Stream[] = [];
    class Refusing extends Stream {
      constructor() {
        super();
        opened.push(this);
      }
    }
    vi.stubGlobal('EventSource', Refusing);
    server({ hello: { body: hello }, view: { status: 401, body: { code: 'not_signed_in' } } });
    const host = browserHost();
    await host.businesses();
    expect(opened.length, 'a visitor listens, too').toBe(1);
    opened[0]!.readyState = Stream.CLOSED;
    opened[0]!.dispatchEvent(new Event('error'));
    await host.syncNow(here);
    expect(opened.length, 'an answer is no reason to ask for the stream again').toBe(1);
  });

  it('reads again when the stream of pokes comes back', async () => {
    const opened: EventTarget[] = [];
    class Listened extends Stream {
      constructor() {
        super();
        opened.push(this);
      }
    }
    vi.stubGlobal('EventSource', Listened);
    server({ hello: { body: hello }, view: { body: profile } });
    const host = browserHost();
    await host.businesses();
    const events: string[] = [];
    host.events(({ event }) => void events.push(event));
    opened[0]!.dispatchEvent(new Event('open'));
    expect(events, 'nothing was missed before the first').not.toContain('changed');
    opened[0]!.dispatchEvent(new Event('error'));
    await host.syncNow(here);
    events.length = 0;
    opened[0]!.dispatchEvent(new Event('open'));
    expect(events, 'what was poked meanwhile nobody heard').toContain('changed');
    events.length = 0;
    opened[0]!.dispatchEvent(new Event('open'));
    expect(events, 'and once is enough').not.toContain('changed');
  });

  it('turns problems into troubles', () => {
    expect(troubleFrom({ code: 'too_many_attempts' }, 30), 'the wait comes from the header').toEqual({
      code: 'too_many_attempts',
      facts: { wait: 30 },
    });
    expect(troubleFrom({}, 0), 'what has no code broke').toEqual({ code: 'server' });
    expect(troubleFrom({ code: 'busy' }, 1), 'a busy server is one that cannot be reached now').toEqual({
      code: 'offline',
    });
  });
});

describe('the app’s host', () => {
  const invoked: [string, unknown][] = [];
  /** What the shell would call when something happens. */
  let emit: (event: { payload: { event: string } }) => void;
  beforeEach(() => {
    invoked.length = 0;
    vi.stubGlobal('__TAURI_INTERNALS__', {
      invoke: async (command: string, facts: unknown) => {
        invoked.push([command, facts]);
        if (command === 'sign_out') throw { code: 'still_waiting', facts: { waiting: 2 } };
        return null;
      },
      transformCallback: (callback: typeof emit) => {
        emit = callback;
        return 1;
      },
    });
  });

  it('listens once for everybody who wants to hear', () => {
    const host = tauriHost();
    const [heard, ended]: [string[], string[]] = [[], []];
    host.events(({ event }) => void heard.push(event));
    const end = host.events(({ event }) => void ended.push(event));
    emit({ payload: { event: 'card' } });
    end();
    emit({ payload: { event: 'link' } });
    expect(
      invoked.map(([command]) => command),
      'each question costs the start',
    ).toEqual(['plugin:event|listen']);
    expect(heard, 'whoever listens hears everything').toEqual(['card', 'link']);
    expect(ended, 'whoever stopped hears nothing more').toEqual(['card']);
  });

  it('calls the shell’s commands by their names', async () => {
    const host = tauriHost();
    await host.businesses();
    await host.view('1', { view: 'profile' });
    await host.withdraw('1', 'c');
    await host.signInWithCode('1', 'at', 'code');
    await host.setPassword('1', 'old', 'new');
    await host.disconnect('1', true);
    expect(invoked, 'these names are src-tauri/commands.rs').toEqual([
      ['plugin:event|listen', expect.objectContaining({ event: 'datebook' })],
      ['businesses', {}],
      ['view', { business: '1', view: { view: 'profile' } }],
      ['withdraw', { business: '1', id: 'c' }],
      ['sign_in_with_code', { business: '1', attempt: 'at', code: 'code' }],
      ['set_password', { business: '1', current: 'old', new: 'new' }],
      ['disconnect', { business: '1', loseWaiting: true }],
    ]);
  });

  it('hands troubles on with their facts', async () => {
    const what = await trouble(tauriHost().signOut('1', false));
    expect(what, 'the sheet needs the number').toEqual({ code: 'still_waiting', facts: { waiting: 2 } });
  });
});

describe('small parts', () => {
  it('makes ids of version 7 that sort by time', () => {
    const [early, late] = [newId(1_000_000_000_000), newId(1_000_000_000_001)] as const;
    expect(early, 'RFC 9562, section 5.7').toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(early < late, 'later ids sort later').toBe(true);
    expect(parseInt(early.slice(0, 13).replace('-', ''), 16), 'milliseconds come first').toBe(1_000_000_000_000);
  });

  it('hands a link over with its facts escaped', () => {
    const link = handOver('https://a.example', { attempt: 'x', code: 'a+b&c', app: true });
    expect(new URL(link).searchParams.get('code'), 'nothing is lost on the way').toBe('a+b&c');
  });

  it('finds digits in what is pasted', () => {
    expect(digitsIn('Your code: 123 456.'), 'people paste whole lines').toBe('123456');
    expect(isEmail(' anna@example.org '), 'spaces of a paste do not count').toBe(true);
    expect(isEmail('anna'), 'no @, no address').toBe(false);
  });

  it('takes anything thrown for a trouble', () => {
    expect(troubleOf(new HostTrouble({ code: 'offline' })), 'its own').toEqual({ code: 'offline' });
    expect(troubleOf(new Error('x')), 'a stranger').toEqual({ code: 'server' });
  });
});
