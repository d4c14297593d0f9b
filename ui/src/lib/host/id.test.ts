import { expect, it } from 'vitest';
import { newId } from './id';

it('makes ids of version 7 that sort by time', () => {
  const [early, late] = [newId(1_000_000_000_000), newId(1_000_000_000_001)] as const;
  expect(early, 'RFC 9562, section 5.7').toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(early < late, 'later ids sort later').toBe(true);
  expect(parseInt(early.slice(0, 13).replace('-', ''), 16), 'milliseconds come first').toBe(1_000_000_000_000);
});
