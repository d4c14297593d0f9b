import { expect, it } from 'vitest';
import { HostTrouble, troubleOf } from './host';

it('takes anything thrown for a trouble', () => {
  expect(troubleOf(new HostTrouble({ code: 'offline' })), 'its own').toEqual({ code: 'offline' });
  expect(troubleOf(new Error('x')), 'a stranger').toEqual({ code: 'server' });
});
