import { describe, expect, it } from 'vitest';
import type { Reminding, ReminderSettings } from '$lib/host';
import { minutesOf, sayReminding } from './reminders';

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

describe('who reminds', () => {
  const some: ReminderSettings = { day_before: true, hours_before: 2, travel: null, tray: false };
  const none = { ...some, day_before: false, hours_before: null };
  const tray = { ...some, tray: true };
  const ends: Reminding = { problem: null, stays: false, events_ring: false };
  const stays = { ...ends, stays: true };
  const kept = { ...ends, events_ring: true };
  const says = (settings: ReminderSettings, standing: Reminding | null, login: boolean | null) => {
    const { promise, closing, login: start } = sayReminding(settings, standing, login);
    return [promise, closing, start].join(' | ');
  };

  it.each<[string, string, string, string[], string[]]>([
    [
      'a phone',
      says(some, stays, null),
      'This device reminds you by itself',
      [],
      ['while it is open', 'your calendar'],
    ],
    [
      'a phone that may not',
      says(some, { ...stays, problem: 'refused' }, null),
      'cannot remind you',
      [],
      ['by itself'],
    ],
    [
      'a window',
      says(some, ends, false),
      'Datebook reminds you while it is open',
      ['ends Datebook. Then it does not remind you until you open it again.'],
      ['by itself', 'your calendar', 'log in'],
    ],
    [
      'a window, and a calendar',
      says(some, kept, false),
      'Datebook reminds you while it is open',
      ['ends Datebook. Then only your calendar reminds you'],
      ['does not remind you'],
    ],
    [
      'a window that comes at login',
      says(some, ends, true),
      'while it is open',
      ['until you open it or log in again', 'It starts with its window, and reminds you while that is open.'],
      ['tray'],
    ],
    ['the tray', says(tray, stays, true), 'by itself', ['it goes on reminding', 'starts in the tray'], ['ends']],
    [
      'a tray that is empty after a restart',
      says(tray, stays, false),
      'by itself',
      ['it goes on reminding', 'does not remind you after a restart of this device'],
      ['calendar', 'starts in the tray'],
    ],
    [
      'a tray that is empty after a restart, and a calendar',
      says(tray, { ...stays, events_ring: true }, false),
      'by itself',
      ['it goes on reminding', 'the events in your calendar ring too'],
      ['does not remind you'],
    ],
    [
      'a tray that is not there now',
      says(tray, ends, true),
      'while it is open',
      ['no tray at present, so closing the window ends Datebook. Then it does not', 'starts with its window'],
      ['goes on', 'starts in the tray'],
    ],
    [
      'a tray that may show nothing',
      says(tray, { ...stays, problem: 'refused' }, false),
      'cannot',
      ['into the tray.'],
      ['goes on'],
    ],
    [
      'a window that may show nothing, and a calendar',
      says(some, { ...kept, problem: 'unshown' }, true),
      'cannot remind you. It tries again by itself. Your calendar does',
      ['Closing the window ends Datebook.'],
      ['does not remind you until', 'reminds you while that is open'],
    ],
    [
      'nothing wanted',
      says({ ...none, tray: true }, { ...stays, events_ring: true }, false),
      'Datebook does not remind you on this device. Your calendar does',
      ['into the tray.'],
      ['goes on', 'reminds you by itself'],
    ],
    ['a device that says nothing', says(some, null, null), 'This device reminds you by itself', [], ['calendar']],
  ])('is said of %s', (_, said, promise, more, never) => {
    for (const words of [promise, ...more]) expect(said, 'this holds').toContain(words);
    for (const words of never) expect(said, 'this does not').not.toContain(words);
  });
});
