import { expect, it } from 'vitest';

import { nextOf } from './next';

it.each([
  ['/book?service=cut&step=review', '/book?service=cut&step=review', 'back to the booking'],
  ['', '/agenda', 'nobody asked'],
  ['https://elsewhere.example/', '/agenda', 'another site'],
  ['//elsewhere.example/', '/agenda', 'another site without a scheme'],
  ['/\\elsewhere.example/', '/agenda', 'browsers read a backslash as a slash'],
  ['javascript:alert(1)', '/agenda', 'not a path'],
])('%s leads to %s: %s', (next, to) => expect(nextOf(new URLSearchParams({ next }))).toBe(to));
