import { describe, expect, it, vi } from 'vitest';
import { browserHost, here } from '../browser';
import type { Command } from '../types/Command';
import { cancel, commandsOf, freshBrowser, nobody, profile, server, trouble, type Answer } from './fixtures';
import { keepLost, lostOf } from './lost';

freshBrowser();

const update: Command = { type: 'update_profile@1', name: 'Ada', phone: '' };
const done: Answer = { body: { verdict: 'accepted', outcome: { is: 'profile_updated' } } };
const nothing: Answer = { body: { verdict: 'accepted', outcome: { is: 'nothing' } } };
const booked: Answer = { body: { verdict: 'accepted', outcome: { is: 'booked', booking: '10', confirmed: true } } };
const book = (booking: string): Command => ({
  ...{ type: 'book@1', booking, start: `${booking} o'clock`, service: 's', variant: 'v', place: 'p' },
  ...{ party: 1, note: 'Mind my left ear' },
});
const typesOf = (sent: Parameters<typeof commandsOf>[0]) => commandsOf(sent).map(({ command }) => command.type);
const ids = ['0', '1', '2'].map((last) => `01900000-0000-7000-8000-00000000000${last}`);

/** A page loses the answer to a command; what is sent from then on is answered in turn, at last by `done`. */
async function lose(command: Command, ...later: Answer[]) {
  const answers: Answer[] = ['nothing', ...later];
  const sent = server({ execute: () => answers.shift() ?? done, 'sign-out': { status: 204 } });
  await trouble(browserHost().execute(here, command));
  return sent;
}

describe('after the page was loaded anew', () => {
  it('what was lost has its end before anything else is sent', async () => {
    const sent = await lose(cancel, 'nothing', nothing);
    const host = browserHost();
    expect(await trouble(host.execute(here, update)), 'its end comes first').toEqual({ code: 'no_answer' });
    expect(await browserHost().execute(here, update), 'over any number of pages').toMatchObject({ is: 'accepted' });
    expect(typesOf(sent)).toEqual(['cancel@1', 'withdrawn@1', 'withdrawn@1', 'update_profile@1']);
    expect(new Set(commandsOf(sent).map(({ id }) => id)).size, 'one of the first three takes effect').toBe(2);
    expect(sessionStorage.length, 'what has its end is not kept').toBe(0);
  });

  it('so has what was on its way when the page was left', async () => {
    const sent = server({ execute: () => (commandsOf(sent).length === 1 ? new Promise<Answer>(() => {}) : done) });
    void browserHost().execute(here, cancel);
    await vi.waitFor(() => expect(typesOf(sent)).toEqual(['cancel@1']));
    await browserHost().execute(here, update);
    expect(typesOf(sent), 'nobody heard what became of it').toEqual(['cancel@1', 'withdrawn@1', 'update_profile@1']);
  });

  it('nothing is booked a second time when the first turns out to be there', async () => {
    const sent = await lose(book('10'), booked, booked);
    const host = browserHost();
    expect(await trouble(host.execute(here, book('11'))), 'there is one, and it is said').toEqual({
      code: 'booked_before',
      facts: { booking: '10' },
    });
    expect(await host.execute(here, book('11')), 'whoever wants both has both').toMatchObject({ is: 'accepted' });
    expect(typesOf(sent)).toEqual(['book@1', 'withdrawn@1', 'book@1']);
  });

  it('nothing is sent before it is known whose it was', async () => {
    const sent = await lose(cancel, nothing);
    let view: Answer = 'nothing';
    const later = server({ view: () => view, execute: done });
    const host = browserHost();
    expect(await trouble(host.execute(here, update)), 'nor is it said that nothing was done').toEqual({
      code: 'no_answer',
    });
    expect(commandsOf(later), 'it may be somebody else by now').toEqual([]);
    view = { body: profile };
    await host.execute(here, update);
    expect(typesOf(later)).toEqual(['withdrawn@1', 'update_profile@1']);
    expect(commandsOf(later)[0]!.id, 'the one that was lost').toBe(commandsOf(sent)[0]!.id);
  });

  it('the next customer knows nothing of it', async () => {
    await lose(cancel);
    const sent = server({ view: nobody, 'sign-in/password': { body: { customer: 'you', last: 0 } }, execute: done });
    const host = browserHost();
    await host.businesses();
    expect(sessionStorage.length, 'a session may end, and go on').toBe(1);
    await host.signInWithPassword(here, 'b@b', 'long enough');
    expect(sessionStorage.length, 'nor does the browser').toBe(0);
    await host.execute(here, update);
    expect(typesOf(sent), 'a command is only asked about as whoever gave it').toEqual(['update_profile@1']);
  });

  it('the same customer does, once they are signed in again', async () => {
    const [lost] = commandsOf(await lose(cancel));
    const sent = server({ view: nobody, 'sign-in/password': { body: { customer: 'me', last: 0 } }, execute: done });
    const host = browserHost();
    await host.businesses();
    await host.signInWithPassword(here, 'a@b', 'long enough');
    await host.execute(here, update);
    expect(typesOf(sent)).toEqual(['withdrawn@1', 'update_profile@1']);
    expect(commandsOf(sent)[0]!.id).toBe(lost!.id);
  });

  it('nobody does who has signed out', async () => {
    const sent = await lose(cancel);
    const host = browserHost();
    await host.businesses();
    await host.signOut(here, false);
    expect(sessionStorage.length).toBe(0);
    await host.execute(here, update);
    expect(typesOf(sent), 'neither the page nor the browser').toEqual(['cancel@1', 'update_profile@1']);
  });
});

describe('a copy of the tab', () => {
  it('takes back what the other still waits for: that is given anew, and not called done', async () => {
    const answers = [nothing, done];
    const sent = server({ execute: () => answers.shift()! });
    expect(await browserHost().execute(here, update)).toMatchObject({ outcome: { is: 'profile_updated' } });
    const [first, second] = commandsOf(sent);
    expect(second!.command, 'the same wish').toEqual(first!.command);
    expect(second!.id, 'as a new command').not.toBe(first!.id);
  });

  it('does not keep the other busy for ever', async () => {
    const sent = server({ execute: nothing });
    expect(await trouble(browserHost().execute(here, update)), 'it was not done').toEqual({ code: 'server' });
    expect(commandsOf(sent).length).toBe(3);
    expect(sessionStorage.length, 'and nothing of it is open').toBe(0);
  });
});

describe('what the browser keeps', () => {
  const put = (text: string) => sessionStorage.setItem('datebook.lost', text);

  it('is ids, and none of the words', async () => {
    const sent = await lose(book('10'));
    const kept = Object.values({ ...sessionStorage }).join();
    expect(kept, 'what was written is nobody else’s').not.toContain('left ear');
    expect(JSON.parse(kept)).toEqual({ customer: 'me', ids: [commandsOf(sent)[0]!.id] });
  });

  it.each([
    ['no JSON', '{"customer":"me","ids":['],
    ['nothing', 'null'],
    ['a word', '"me"'],
    ['a list', '[1,2]'],
    ['no list', '{"customer":"me","ids":"all"}'],
    ['too much', JSON.stringify({ customer: 'me', ids: Array(100).fill(ids[0]) })],
  ])('is nothing where it is %s', (_, text) => {
    put(text);
    expect(lostOf('me')).toEqual([]);
    expect(sessionStorage.length, 'and it is not looked at again').toBe(0);
  });

  it('is believed only as far as it looks like ids', () => {
    put(JSON.stringify({ customer: 'me', ids: [ids[0], 7, null, {}, 'x', `${ids[1]}x`, ids[2]] }));
    expect(lostOf('me')).toEqual([ids[0], ids[2]]);
  });

  it('is bounded', () => {
    const many = Array.from({ length: 40 }, (_, one) => `01900000-0000-7000-8000-0000000000${10 + one}`);
    keepLost('me', many);
    expect(lostOf('me'), 'the last are those that nobody has heard of').toEqual(many.slice(-32));
  });

  it.each([
    ['is missing', undefined],
    [
      'is refused',
      new Proxy({} as Storage, {
        get() {
          throw new DOMException('no', 'SecurityError');
        },
      }),
    ],
  ])('may not be there: where the storage %s, the page alone knows', async (_, storage) => {
    vi.stubGlobal('sessionStorage', storage);
    const answers: Answer[] = ['nothing', nothing];
    const sent = server({ execute: () => answers.shift() ?? done, 'sign-out': { status: 204 } });
    const host = browserHost();
    expect(await trouble(host.execute(here, cancel))).toEqual({ code: 'no_answer' });
    await host.execute(here, update);
    expect(typesOf(sent), 'as long as it is there').toEqual(['cancel@1', 'withdrawn@1', 'update_profile@1']);
    expect(await trouble(host.signOut(here, false)), 'nor does anything else break').toBeUndefined();
  });
});
