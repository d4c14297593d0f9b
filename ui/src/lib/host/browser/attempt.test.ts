import { describe, expect, it } from 'vitest';
import { browserHost, here } from '../browser';
import { cameFrom } from '../link-page';
import { freshBrowser, server, trouble, type Answer } from './fixtures';

freshBrowser();

describe('a sign-in in a browser', () => {
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
});
