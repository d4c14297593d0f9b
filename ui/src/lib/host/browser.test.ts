import { describe, expect, it } from 'vitest';
import { browserHost, here } from './browser';
import {
  cancel,
  commandsOf,
  freshBrowser,
  hello,
  nobody,
  profile,
  server,
  trouble,
  type Answer,
} from './browser/fixtures';
import type { Event } from './types/Event';

freshBrowser();

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
    server({ hello: { body: hello }, view: nobody });
    const [card] = await browserHost().businesses();
    expect(card?.customer, 'no session, no customer').toBeNull();
  });

  it('knows nothing of whoever the server could not be asked about, until it answers', async () => {
    let answer: Answer = { status: 500, body: { code: 'server_error' } };
    server({ hello: { body: hello }, view: () => answer });
    const host = browserHost();
    expect((await host.businesses())[0], 'not even that nobody is signed in').toMatchObject({
      customer: null,
      ready: false,
      connection: 'online',
    });
    answer = nobody;
    const told: string[] = [];
    host.events(({ event }) => void told.push(event));
    await trouble(host.view(here, { view: 'booking', booking: 'b' }));
    expect(told, 'whoever asks something else hears it, too').toContain('card');
    expect((await host.businesses())[0]).toMatchObject({ customer: null, ready: true, connection: 'online' });
    answer = { status: 500, body: { code: 'server_error' } };
    const other = browserHost();
    await other.businesses();
    answer = { body: profile };
    expect((await other.businesses())[0]?.customer, 'it is asked again').toBe('me');
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
      view: () => (inside ? { body: profile } : nobody),
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

  it('takes nobody for whoever was here before, when another tab signed in and it cannot ask', async () => {
    let answer: Answer = { body: profile };
    const sent = server({ view: () => answer, execute: 'nothing' });
    const host = browserHost();
    await host.businesses();
    answer = 'nothing';
    window.dispatchEvent(new StorageEvent('storage', { key: 'datebook.session-changed' }));
    expect(await trouble(host.execute(here, cancel)), 'nothing is sent as who knows whom').toEqual({ code: 'offline' });
    expect(commandsOf(sent)).toEqual([]);
    answer = { body: { ...profile, id: 'you' } };
    expect((await host.businesses())[0]?.customer, 'it is asked as soon as it can be').toBe('you');
  });

  it('notices that another tab signed in', async () => {
    let inside = false;
    server({
      hello: { body: hello },
      view: () => (inside ? { body: profile } : nobody),
    });
    const host = browserHost();
    await host.businesses();
    const told = new Promise<Event>((tell) => void host.events(tell));
    inside = true;
    window.dispatchEvent(new StorageEvent('storage', { key: 'datebook.session-changed' }));
    expect((await told).event, 'the screens hear of it').toBe('card');
    expect((await host.businesses())[0]?.customer, 'the cookie is the same').toBe('me');
  });
});
