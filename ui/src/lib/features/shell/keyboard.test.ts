import { expect, test } from 'vitest';
import { covered } from './keyboard';

test('a sheet stands on the keyboard, and on nothing else', () => {
  const page = 844;
  const seen = { height: 844, offsetTop: 0, scale: 1 };
  expect(covered(page, seen), 'no keyboard').toBe(0);
  expect(covered(page, { ...seen, height: 508 }), 'the keyboard covers the rest').toBe(336);
  expect(covered(page, { ...seen, height: 508, offsetTop: 336 }), 'the page was moved up: its foot is seen').toBe(0);
  expect(covered(page, { ...seen, height: 780 }), 'a browser’s own bar is no keyboard').toBe(0);
  expect(covered(page, { ...seen, height: 422, scale: 2 }), 'who zooms in sees less without one').toBe(0);
});
