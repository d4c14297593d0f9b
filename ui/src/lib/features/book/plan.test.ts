import { describe, expect, it } from 'vitest';

import type { CatalogueView } from '$lib/host';

import { address, doneAddress, readAddress } from './address';
import { sections } from './find';
import { availabilityQuery, bookCommand } from './query';
import { ANYONE, choose, currentStep, isReachable, plan, stepAfter, stepBefore, type Draft } from './plan';

const price = { minor: 4800, currency: 'EUR' };
const variant = (id: string, name = '') => ({ id, name, minutes: 45, price });
const service = (id: string, more: object) => ({
  id,
  category: 'hair',
  name: id,
  description: '',
  variants: [variant('one')],
  places: ['mitte'],
  staff: ['ada', 'ben'],
  choose_staff: true,
  online_booking: true,
  accept_automatically: true,
  capacity: 1,
  ...more,
});

const catalogue = {
  places: [
    { id: 'mitte', name: 'Mitte', zone: 'Europe/Berlin', address: [], phone: '' },
    { id: 'soho', name: 'Soho', zone: 'Europe/London', address: [], phone: '' },
  ],
  staff: [
    { id: 'ada', name: 'Ada', role: '', about: '', places: ['mitte', 'soho'] },
    { id: 'ben', name: 'Ben', role: '', about: '', places: ['mitte'] },
  ],
  categories: [
    { id: 'hair', name: 'Hair', order: 0 },
    { id: 'skin', name: 'Skin', order: 1 },
    { id: 'empty', name: 'Empty', order: 2 },
  ],
  services: [
    service('cut', {
      places: ['mitte', 'soho'],
      variants: [variant('short', 'Short hair'), variant('long', 'Long hair')],
    }),
    service('colour', { choose_staff: false }),
    service('phone', { online_booking: false }),
    service('yoga', { capacity: 4, choose_staff: false, category: 'none' }),
    service('peel', { category: 'skin', name: 'Épilation', description: 'With honey' }),
  ],
} as unknown as CatalogueView;

const CUT: Draft = {
  service: 'cut',
  variant: 'short',
  place: 'mitte',
  person: 'ben',
  date: '2026-11-27',
  at: '2026-11-27T13:00:00Z',
};

describe('the steps', () => {
  it.each<[Draft, string[], string]>([
    [{}, ['service', 'place', 'person', 'time', 'review'], 'nothing chosen: those to be expected'],
    [{ service: 'cut', variant: 'long' }, ['service', 'place', 'person', 'time', 'review'], 'two places, two people'],
    [{ service: 'cut', variant: 'long', place: 'soho' }, ['service', 'place', 'time', 'review'], 'one person in Soho'],
    [{ service: 'colour' }, ['service', 'time', 'review'], 'one place, and customers do not choose'],
    [{ service: 'peel' }, ['service', 'person', 'time', 'review'], 'one place'],
  ])('%j → %j: %s', (draft, steps) => expect(plan(catalogue, draft).steps).toEqual(steps));

  it.each<[Draft, string | undefined, string, string]>([
    [{}, undefined, 'service', 'the start'],
    [{}, 'review', 'service', 'nobody reviews nothing'],
    [{ service: 'cut' }, undefined, 'service', 'the length is part of the first step'],
    [{ service: 'cut', variant: 'short' }, undefined, 'place', 'the next open question'],
    [{ service: 'peel' }, undefined, 'person', 'a lone length and a lone place are no questions'],
    [{ service: 'peel', person: ANYONE }, undefined, 'time', 'anyone is an answer'],
    [{ service: 'colour' }, undefined, 'time', 'straight to the times'],
    [CUT, undefined, 'review', 'all answered'],
    [CUT, 'place', 'place', 'back to an answered question'],
    [{ ...CUT, at: undefined }, 'review', 'time', 'no review without a time'],
    [CUT, 'nonsense', 'review', 'an unknown step is no step'],
  ])('%j asking for %s is at %s: %s', (draft, wanted, step) => {
    expect(currentStep(plan(catalogue, draft), wanted)).toBe(step);
  });

  it('follow each other without those left out', () => {
    const colour = plan(catalogue, { service: 'colour' });
    expect(stepAfter(colour, 'service')).toBe('time');
    expect(stepBefore(colour, 'time')).toBe('service');
    expect(stepBefore(colour, 'service'), 'nothing before the first').toBeUndefined();
    expect(isReachable(colour, 'review'), 'the time is missing').toBe(false);
    expect(isReachable(plan(catalogue, CUT), 'place'), 'answered steps can be gone back to').toBe(true);
  });
});

describe('what the catalogue does not offer', () => {
  it('is dropped, with what rests on it', () => {
    expect(plan(catalogue, { ...CUT, service: 'gone' }).service, 'no longer on offer').toBeUndefined();
    expect(plan(catalogue, { ...CUT, service: 'phone' }).service, 'not bookable online (C11)').toBeUndefined();
    expect(plan(catalogue, { ...CUT, variant: 'gone' }).at, 'without a length there is no time').toBeUndefined();
    const soho = plan(catalogue, { ...CUT, place: 'soho' });
    expect([soho.staff, soho.personChosen], 'Ben does not work in Soho, Ada alone does').toEqual([undefined, true]);
    const colour = plan(catalogue, { service: 'colour', person: 'ben' });
    expect(colour.staff, 'customers do not choose a person for it (C03)').toBeUndefined();
  });

  const when = { date: CUT.date, at: CUT.at };
  it.each<[Draft, Draft, string]>([
    [{ service: 'peel', variant: 'gone', person: 'ada' }, { service: 'peel', person: 'ada' }, 'another length'],
    [{ service: 'colour', place: 'soho' }, { service: 'colour' }, 'another place'],
    [{ ...CUT, place: 'soho' }, { service: 'cut', variant: 'short', place: 'soho' }, 'somebody else'],
    [{ service: 'colour', person: 'ben' }, { service: 'colour' }, 'whoever is free'],
    [{ service: 'yoga', party: '5' }, { service: 'yoga' }, 'another number of people'],
  ])('takes its time with it, however alone the other choice is: %j is %j, %s', (draft, kept) => {
    const stale = plan(catalogue, { ...draft, ...when });
    expect([stale.date, stale.at], 'nobody chose this time for the other').toEqual([undefined, undefined]);
    expect(stale.draft, 'and no link repeats it').toEqual(kept);
    expect(plan(catalogue, choose(stale.draft, when)).at, 'so a time can be chosen').toBe(CUT.at);
  });

  it('keeps the time of a choice that nobody had to make', () => {
    for (const draft of [{ service: 'colour' }, { service: 'colour', person: ANYONE }, CUT]) {
      expect(plan(catalogue, { ...draft, ...when }).at, `${JSON.stringify(draft)} is as it was`).toBe(CUT.at);
    }
  });
});

describe('another choice', () => {
  it('drops the time when it means other times', () => {
    for (const choice of [{ service: 'peel' }, { variant: 'long' }, { place: 'soho' }, { person: ANYONE }]) {
      expect(choose(CUT, choice).at, `${JSON.stringify(choice)} has other times`).toBeUndefined();
    }
    expect(choose(CUT, { date: '2026-11-28' }).at, 'another day').toBeUndefined();
  });

  it('keeps the time that it brings with it', () => {
    const other = { person: 'ada', date: '2026-11-28', at: '2026-11-28T09:00:00Z' };
    expect(choose(CUT, other), 'somebody else at another time').toEqual({ ...CUT, ...other });
    expect(choose(CUT, { person: 'ada', date: '2026-11-28' }), 'a day, and no time').toEqual({
      ...{ service: 'cut', variant: 'short', place: 'mitte', person: 'ada', date: '2026-11-28' },
    });
  });

  it('keeps the time when it is the same', () => {
    expect(choose(CUT, { person: 'ben' }).at, 'chosen again').toBe(CUT.at);
    expect(choose(CUT, { date: CUT.date }).at).toBe(CUT.at);
    const other = { date: '2026-11-28', at: '2026-11-28T09:00:00Z' };
    expect(choose(CUT, other), 'day and time at once').toEqual({ ...CUT, ...other });
  });
});

describe('for several people', () => {
  const yoga: Draft = { service: 'yoga', date: CUT.date, at: CUT.at };
  it.each<[Draft, number, string]>([
    [yoga, 1, 'nobody said: one'],
    [{ ...yoga, party: '3' }, 3, 'as many as were asked for'],
    [{ ...yoga, party: '4' }, 4, 'the whole session'],
    [{ ...yoga, party: '5' }, 1, 'more than a session takes'],
    [{ ...yoga, party: '1.5' }, 1, 'no halves'],
    [{ ...yoga, party: 'x' }, 1, 'not a number'],
    [{ ...CUT, party: '3' }, 1, 'one chair, one person'],
  ])('%j is for %i: %s', (draft, party) => expect(plan(catalogue, draft).party).toBe(party));

  it('asks for so many seats, and books them', () => {
    const three = plan(catalogue, { ...yoga, party: '3' });
    expect(availabilityQuery(three), 'only times with three seats').toMatchObject({ party: 3 });
    expect(bookCommand(three, 'b', ' hello '), 'all three are booked').toMatchObject({ party: 3, note: 'hello' });
  });

  it('keeps the day, and the time when the choice says that it has the seats', () => {
    expect(choose(yoga, { party: '2' }), 'the time may not have two').toEqual({
      service: 'yoga',
      date: CUT.date,
      party: '2',
    });
    expect(choose(yoga, { party: '2', at: CUT.at }).at, 'this one has').toBe(CUT.at);
  });
});

describe('the address', () => {
  it('comes back as it was written', () => {
    const url = new URL(address({ ...CUT, person: ANYONE, party: '2' }, 'review'), 'http://localhost');
    expect(readAddress(url.searchParams)).toMatchObject({
      draft: { ...CUT, person: ANYONE, party: '2' },
      step: 'review',
    });
    expect(address({}), 'an empty draft has a clean address').toBe('/book');
    expect(readAddress(new URL(doneAddress('b1'), 'http://localhost').searchParams)).toEqual({ draft: {}, done: 'b1' });
  });

  it('forgets what is not a date', () => {
    for (const bad of ['tomorrow', '2026-13-01', '2026-02-30', '0', '2026-11-27T00:00']) {
      const { draft } = readAddress(new URLSearchParams({ date: bad, at: 'x' }));
      expect(draft, `${bad} never reaches the calendar`).toEqual({});
    }
  });
});

describe('looking for a service', () => {
  const names = (words: string, category?: string) =>
    sections(catalogue, words, category).map(({ name, services }) => [name, ...services.map(({ id }) => id)]);
  it('shows all by category, and no empty heading', () => {
    expect(names('')).toEqual([
      ['Hair', 'cut', 'colour', 'phone'],
      ['Skin', 'peel'],
    ]);
  });
  it('finds words in any order, case and without accents', () => {
    expect(names('honey epil')).toEqual([['Skin', 'peel']]);
    expect(names('LONG hair'), 'also by the name of a length').toEqual([['Hair', 'cut']]);
    expect(names('nothing like it')).toEqual([]);
  });
  it('shows one category alone', () => expect(names('', 'skin')).toEqual([['Skin', 'peel']]));
});
