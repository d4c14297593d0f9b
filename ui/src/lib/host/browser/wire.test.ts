import { expect, it } from 'vitest';
import { troubleFrom } from './wire';

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
