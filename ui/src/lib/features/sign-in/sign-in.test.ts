import { expect, it } from 'vitest';
import { digitsIn, isEmail } from './sign-in.svelte';

it('finds digits in what is pasted', () => {
  expect(digitsIn('Your code: 123 456.'), 'people paste whole lines').toBe('123456');
  expect(isEmail(' anna@example.org '), 'spaces of a paste do not count').toBe(true);
  expect(isEmail('anna'), 'no @, no address').toBe(false);
});
