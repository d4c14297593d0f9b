import { describe, expect, it, vi } from 'vitest';
import { browserHost, here } from '../browser';
import type { Command } from '../types/Command';
import { cancel, commandsOf, freshBrowser, hello, nobody, profile, server, trouble, type Answer } from './fixtures';

freshBrowser();

describe('commands from a browser', () => {
  it('queues nothing, and says only what is certain of a command that got no verdict', async () => {
    const problem = (code: string, status: number) => ({ status, body: { code } });
    let answer: Answer = 'nothing';
    server({ execute: () => answer });
    const execute = () => {
      sessionStorage.clear();
      return trouble(browserHost().execute(here, cancel));
    };
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
    const ids = commandsOf(sent).map(({ id }) => id);
    expect(ids[1], 'the lost one may have taken effect: it must not be done twice').toBe(ids[0]);
    expect(ids[2], 'a new wish is a new command').not.toBe(ids[0]);
  });

  it('takes back what was lost before it sends anything else', async () => {
    const accepted = (is: string) => ({ body: { verdict: 'accepted', outcome: { is } } });
    const answers: Answer[] = ['nothing', 'nothing', accepted('nothing'), accepted('profile_updated')];
    const sent = server({ execute: () => answers.shift() ?? accepted('cancelled') });
    const host = browserHost();
    const profile: Command = { type: 'update_profile@1', name: 'Ada', phone: '' };
    await trouble(host.execute(here, cancel));
    expect(await trouble(host.execute(here, profile)), 'the end of the first comes first').toEqual({
      code: 'no_answer',
    });
    await host.execute(here, profile);
    await host.execute(here, cancel);
    const given = commandsOf(sent);
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
    const given = commandsOf(sent);
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
    expect(commandsOf(sent).length, 'the second was not sent').toBe(2);
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
    const ids = commandsOf(sent).map(({ id }) => id);
    expect(ids[1], 'the same customer asks again').toBe(ids[0]);
    expect(ids[2], 'the next one asks for something of their own').not.toBe(ids[0]);
  });

  it('still knows what was not answered when the same customer signs in again', async () => {
    let inside = true;
    const sent = server({
      hello: { body: hello },
      view: () => (inside ? { body: profile } : nobody),
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
    const ids = commandsOf(sent).map(({ id }) => id);
    expect(ids[1], 'the session had an end, the wish has none yet').toBe(ids[0]);
  });
});
