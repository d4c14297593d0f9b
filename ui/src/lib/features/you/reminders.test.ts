import { expect, it } from 'vitest';
import { minutesOf } from './reminders';

it.each([
  ['1', 1],
  [' 45 ', 45],
  ['720', 720],
  ['0', null],
  ['721', null],
  ['', null],
  ['-5', null],
  ['1e2', null],
  ['12.5', null],
  ['1000', null],
])('reads %j as %j minutes of travel', (text, minutes) => {
  expect(minutesOf(text), 'whole minutes within the device’s bounds, or nothing').toBe(minutes);
});
