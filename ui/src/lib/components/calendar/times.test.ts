import { describe, expect, it } from 'vitest';

import { dots } from './dots';
import { byPart, offsetName, repeated } from './times';

const at = (time: string, offset = '+01:00') => ({ start: { at: `${time}${offset}`, time, offset } });

describe('times of a day', () => {
  it('fall into parts by the clock at the venue', () => {
    const groups = byPart(['08:00', '11:45', '12:00', '16:45', '17:00', '21:00'].map((time) => at(time)));
    expect(groups.map(({ part, times }) => [part, ...times.map(({ start }) => start.time)])).toEqual([
      ['morning', '08:00', '11:45'],
      ['afternoon', '12:00', '16:45'],
      ['evening', '17:00', '21:00'],
    ]);
  });

  it('have no empty parts', () => {
    expect(byPart([at('18:00')]).map(({ part }) => part)).toEqual(['evening']);
    expect(byPart([])).toEqual([]);
  });

  it('show their offset only when the clock shows them twice', () => {
    const night = [at('01:30', '+02:00'), at('02:30', '+02:00'), at('02:30', '+01:00'), at('03:00', '+01:00')];
    expect([...repeated(night)], 'both 02:30 need their offset').toEqual(['02:30+02:00', '02:30+01:00']);
    expect(repeated([at('09:00'), at('09:30')]).size, 'usual days need none').toBe(0);
  });

  it.each([
    ['+02:00', 'UTC+2'],
    ['-03:30', 'UTC−3:30'],
    ['+10:30', 'UTC+10:30'],
    ['+00:00', 'UTC+0'],
  ])('%s reads %s', (offset, name) => expect(offsetName(offset)).toBe(name));
});

it('shows more dots for more times, and none for none', () => {
  expect([0, 1, 3, 4, 9, 10, 40].map(dots)).toEqual([0, 1, 1, 2, 2, 3, 3]);
});
