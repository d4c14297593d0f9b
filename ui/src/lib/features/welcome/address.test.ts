import { expect, it } from 'vitest';
import { serverIn } from './address';

const cases: [string, string, string][] = [
  [' salon.example ', 'salon.example', 'a bare name goes to the host as it is, without the spaces of a paste'],
  ['https://salon.example/book', 'https://salon.example/book', 'the host knows which part of an address counts'],
  ['datebook://connect?server=https%3A%2F%2Fsalon.example', 'https://salon.example', 'a link names the server itself'],
  ['datebook://connect', '', 'a link without a server opens nothing'],
  ['', '', 'nothing is not an address'],
];

for (const [pasted, server, why] of cases) {
  it(`finds ${server || 'nothing'} in ${pasted || 'an empty line'}`, () => expect(serverIn(pasted), why).toBe(server));
}
