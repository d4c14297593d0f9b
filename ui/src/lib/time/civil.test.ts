import { describe, expect, it } from 'vitest';
import {
  daysBetween,
  say,
  sayClock,
  sayDate,
  sayDistance,
  sayMinutes,
  sayShort,
  saySpan,
  sayUntil,
  stub,
  todayAt,
} from './civil';
import { cityOf, deviceOffset, zoneNote } from './zone';
import { civil, inBerlin } from '$lib/fixtures/civil';
import type { Civil } from '$lib/host';

/** Sunday 22 November 2026, 10:00 in Berlin. */
const now = new Date('2026-11-22T09:00:00Z');

describe('moments as people say them', () => {
  const cases: [Civil, string, string][] = [
    [inBerlin('2026-11-22', '14:00'), 'Today at 14:00, in 4 hours', 'today is called today'],
    [inBerlin('2026-11-22', '10:40'), 'Today at 10:40, in 40 minutes', 'under an hour minutes count'],
    [inBerlin('2026-11-22', '11:00'), 'Today at 11:00, in one hour', 'one is a word'],
    [inBerlin('2026-11-23', '14:00'), 'Tomorrow at 14:00', 'tomorrow says how far it is'],
    [inBerlin('2026-11-27', '14:00'), 'Friday at 14:00, in 5 days', 'within a week the weekday is enough'],
    [
      inBerlin('2026-11-29', '14:00'),
      'Sunday 29 November at 14:00, in 7 days',
      'a week on, the weekday would mean today',
    ],
    [inBerlin('2027-01-09', '16:00'), 'Saturday 9 January 2027 at 16:00, in 48 days', 'another year is named'],
    [inBerlin('2026-11-20', '14:00'), 'Friday 20 November at 14:00, 2 days ago', 'what is over has its date'],
    [inBerlin('2026-11-21', '14:00'), 'Saturday 21 November at 14:00, yesterday', 'one day ago is yesterday'],
    [inBerlin('2025-11-20', '14:00'), 'Thursday 20 November 2025 at 14:00, a year ago', 'far away is rounded'],
  ];
  for (const [moment, words, why] of cases) it(words, () => expect(say(moment, now), why).toBe(words));

  it('takes the date of the venue, not of the device', () => {
    const late = new Date('2026-11-22T23:30:00Z');
    const auckland = civil('2026-11-23', '14:00', '+13:00', 'Pacific/Auckland');
    expect(todayAt(auckland, late), 'there it is the next day already').toBe('2026-11-23');
    expect(say(auckland, late), 'so it is today there').toBe('Today at 14:00, in 2 hours');
  });

  it('never converts the time it is given', () => {
    const lordHowe = civil('2026-11-27', '02:30', '+11:00', 'Australia/Lord_Howe');
    expect(say(lordHowe, now), 'half-hour shifts are the venue’s business').toContain('at 02:30');
  });

  it('says deadlines inside a sentence', () => {
    expect(sayUntil(inBerlin('2026-11-22', '18:00'), now), 'small inside a sentence').toBe('today at 18:00');
    expect(sayUntil(inBerlin('2026-11-23', '18:00'), now), 'small inside a sentence').toBe('tomorrow at 18:00');
    expect(sayUntil(inBerlin('2026-11-26', '18:00'), now), 'a weekday keeps its capital').toBe('Thursday at 18:00');
  });

  it('says the day of an end on another day, and the offset of one after a change of the clock', () => {
    const from = inBerlin('2026-11-26', '10:00');
    const until = (date: string, time: string) => saySpan({ start: from, end: inBerlin(date, time) });
    expect(until('2026-11-26', '10:45'), 'on one day the times are enough').toBe('10:00 – 10:45');
    expect(until('2026-11-27', '10:00'), 'this is not over as it begins').toBe('10:00 – Fri 10:00');
    const summer = civil('2026-10-25', '02:30', '+02:00', 'Europe/Berlin');
    const winter = inBerlin('2026-10-25', '02:30');
    expect(saySpan({ start: summer, end: winter }), 'an hour later it is half past two again').toBe(
      '02:30 – 02:30 (UTC+01:00)',
    );
  });

  it('is short where there is little room', () => {
    expect(sayShort(inBerlin('2026-12-03', '14:00'), now), 'this year goes without saying').toBe('Thu 3 Dec, 14:00');
    expect(sayShort(inBerlin('2027-12-03', '14:00'), now), 'another year does not').toBe('Fri 3 Dec 2027, 14:00');
  });

  it('says lengths', () => {
    expect([20, 60, 90].map(sayMinutes), 'hours only where there are some').toEqual(['20 min', '1 h', '1 h 30 min']);
  });

  it('draws stubs', () => {
    expect(stub('2026-09-03'), 'three letters fit on a stub').toEqual({
      weekday: 'Thu',
      day: '3',
      month: 'Sep',
      year: '2026',
    });
  });

  it('counts days over a clock change', () => {
    expect(daysBetween('2026-10-24', '2026-10-26'), 'a day of 25 hours is one day').toBe(2);
  });

  it('says dates without a time', () => {
    expect(sayDate('2026-12-04', '2026-11-22'), 'the year is this one').toBe('Friday 4 December');
  });

  it('says how far tonight is from late last night', () => {
    const night = new Date('2026-11-22T22:30:00Z');
    expect(sayDistance(inBerlin('2026-11-23', '01:00'), night), 'an hour and a half is not "tomorrow"').toBe(
      'in 2 hours',
    );
  });

  it('tells when the device last heard something', () => {
    const at = new Date(2026, 10, 22, 9, 14);
    const later = new Date(2026, 10, 22, 20, 0);
    expect(sayClock(at.toISOString(), later), 'today the time is enough').toBe('09:14');
    expect(sayClock(at.toISOString(), new Date(2026, 10, 24)), 'later the day is needed').toBe('22 Nov, 09:14');
  });
});

describe('the name of a zone', () => {
  it('is said only where the clocks differ', () => {
    const lisbon = civil('2026-11-27', '09:30', '+00:00', 'Europe/Lisbon');
    expect(
      zoneNote(lisbon, () => '+01:00'),
      'somebody in Berlin must know',
    ).toBe('Lisbon time');
    expect(
      zoneNote(lisbon, () => '+00:00'),
      'in London the clocks agree',
    ).toBe('');
  });

  it('is a city', () => {
    expect(cityOf('America/Argentina/Buenos_Aires'), 'the last part is the place').toBe('Buenos Aires');
  });

  it('is compared with the offset of this device at that moment', () => {
    expect(deviceOffset('2026-11-22T09:00:00Z'), 'an offset like a Civil’s').toMatch(/^[+-]\d\d:\d\d$/);
  });
});
