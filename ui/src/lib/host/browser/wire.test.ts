import { expect, it, vi } from 'vitest';
import { ask, NotFound, troubleFrom } from './wire';

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

it('tells what is not there from a server that broke', async () => {
  const answer = (code: string) => new Response(JSON.stringify({ code }), { status: 404 });
  vi.stubGlobal('fetch', () => Promise.resolve(answer('not_found')));
  await expect(ask('GET', 'counter/day'), 'it is gone').rejects.toBeInstanceOf(NotFound);
  vi.stubGlobal('fetch', () => Promise.resolve(answer('unheard of')));
  await expect(ask('GET', 'counter/day'), 'something else is wrong').rejects.not.toBeInstanceOf(NotFound);
  vi.unstubAllGlobals();
});
