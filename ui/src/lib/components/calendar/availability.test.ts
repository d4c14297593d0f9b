import { describe, expect, it } from 'vitest';

import { portal } from '$lib/fixtures/portal';
import type { View } from '$lib/host';

import { Availability } from './availability.svelte';

const QUERY = { service: 'cut', variant: 'one', place: 'mitte', party: 1 };
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('what is free', () => {
  it('opens at the first month with free times and fetches its neighbours', async () => {
    const { ask, asked } = portal(['2026-12-03']);
    const availability = new Availability(ask, QUERY);
    await availability.open();
    expect(availability.month, 'November has nothing').toBe('2026-12-01');
    await settled();
    expect(asked, 'the months beside it are there before they are asked for').toEqual([
      'month',
      'month 2027-01-01',
      'month 2026-11-01',
    ]);
    await availability.turn('2026-11-01');
    expect(asked.length, 'turning back asks nothing again').toBe(3);
  });

  it('asks again for a day that could not be read', async () => {
    const { ask, asked } = portal(['2026-11-27']);
    let reached = true;
    const availability = new Availability((view) => (reached ? ask(view) : Promise.reject(new Error('away'))), QUERY);
    await availability.open();
    reached = false;
    await availability.openDay('2026-11-27');
    expect([availability.dayView, availability.dayFailed], 'nothing to show, and why').toEqual([undefined, true]);
    reached = true;
    await availability.refresh();
    expect(availability.dayView?.date, 'it is there as soon as the host answers').toBe('2026-11-27');
    expect(asked.filter((what) => what === 'day 2026-11-27').length, 'asked once').toBe(1);
  });

  it('knows what could not be read, whatever became of the questions beside it', async () => {
    const { ask } = portal(['2026-11-27', '2026-11-28', '2026-12-01', '2026-12-02']);
    let away = (_: View) => false;
    const availability = new Availability(
      (view) => (away(view) ? Promise.reject(new Error('away')) : ask(view)),
      QUERY,
    );
    away = (view) => view.view === 'month' && view.month === '2027-01-01';
    await availability.open();
    await availability.turn('2026-12-01');
    await settled();
    await availability.openList();
    expect([availability.list.length, availability.listFailed], 'January is not needed').toEqual([4, false]);
    expect(availability.monthFailed, 'nor on the screen').toBe(false);
    away = (view) => view.view === 'month';
    await availability.openList(4);
    expect([availability.list.length, availability.listFailed], 'now it is needed').toEqual([4, true]);
    away = (view) => view.view === 'day';
    await availability.openDay('2026-12-03');
    await availability.turn('2027-01-01');
    expect([availability.dayFailed, availability.monthFailed], 'a month was read after the day was not').toEqual([
      true,
      false,
    ]);
  });

  it('opens a day from the address only when it is free', async () => {
    const { ask, asked } = portal(['2026-11-27']);
    await new Availability(ask, QUERY).open('2026-11-27');
    expect(asked).toContain('day 2026-11-27');
    const full = portal(['2026-11-27']);
    const availability = new Availability(full.ask, QUERY);
    await availability.open('2026-11-28');
    expect([availability.date, full.asked.includes('day 2026-11-28')], 'a full day has no times to ask for').toEqual([
      undefined,
      false,
    ]);
  });

  it('lists the next free days over the months, in order and without gaps', async () => {
    const { ask } = portal(['2026-11-27', '2026-12-03', '2027-01-05', '2027-01-06', '2027-01-07']);
    const availability = new Availability(ask, QUERY);
    await availability.open('2027-01-05');
    await settled();
    await availability.openList();
    expect(
      availability.list.map(({ date }) => date),
      'also when the calendar was turned ahead first',
    ).toEqual(['2026-11-27', '2026-12-03', '2027-01-05', '2027-01-06']);
    expect(availability.hasMore).toBe(true);
    await availability.openList(4);
    expect(availability.list.length).toBe(5);
    expect(availability.hasMore, 'the horizon is reached').toBe(false);
  });

  it('lists as many days after it asked again, and others for those that are full by now', async () => {
    const free = ['2026-11-27', '2026-12-03', '2026-12-04', '2027-01-05', '2027-01-06'];
    const { ask } = portal(free);
    const availability = new Availability(ask, QUERY);
    const dates = () => availability.list.map(({ date }) => date);
    await availability.open('2026-12-03');
    await availability.openList();
    const again = availability.refresh();
    expect(dates(), 'what was known stays').toEqual(free.slice(0, 4));
    await again;
    expect(dates(), 'over all the months').toEqual(free.slice(0, 4));
    free.shift();
    await availability.refresh();
    expect(dates(), 'the next one takes the place of the full one').toEqual(free);
  });

  it('asks again for the days of the list that could not be read, however the last question ended', async () => {
    const { ask } = portal(['2026-11-27', '2026-12-03']);
    let reached = true;
    const availability = new Availability((view) => (reached ? ask(view) : Promise.reject(new Error('away'))), QUERY);
    const dates = () => availability.list.map(({ date }) => date);
    await availability.open('2026-11-28');
    await settled();
    reached = false;
    await availability.openList();
    expect([dates(), availability.listFailed], 'two days are free, and their times are not known').toEqual([[], true]);
    reached = true;
    await availability.refresh();
    expect([dates(), availability.listFailed], 'both are asked for').toEqual([['2026-11-27', '2026-12-03'], false]);
    reached = false;
    await availability.turn('2026-12-01');
    await availability.refresh();
    reached = true;
    await availability.openList(4);
    expect([availability.hasMore, availability.listFailed], 'a former failure keeps no month from being read').toEqual([
      false,
      false,
    ]);
  });

  it('asks no further for a list that is refused by now', async () => {
    const { ask } = portal(['2026-11-27']);
    let refused = 0;
    const answer: typeof ask = async (view) => {
      if (availability.list.length === 0) return ask(view);
      refused += 1;
      if (refused > 9) throw new Error('asked for ever');
      return { is: 'refused', refusal: { code: 'place_not_offered' } };
    };
    const availability: Availability = new Availability(answer, QUERY);
    await availability.open();
    await availability.openList();
    await availability.refresh();
    expect([availability.refusal, refused], 'the month and its one free day').toEqual([
      { code: 'place_not_offered' },
      2,
    ]);
  });

  it('keeps what it showed while it asks again', async () => {
    const { ask } = portal(['2026-11-27']);
    const availability = new Availability(ask, QUERY);
    await availability.open('2026-11-27');
    const again = availability.refresh();
    expect(availability.dayView, 'the screen does not go blank').toBeDefined();
    await again;
    expect(availability.dayView).toBeDefined();
  });

  it('says that it failed, and why it was refused', async () => {
    const broken = new Availability(() => Promise.reject(new Error('offline')), QUERY);
    await broken.open();
    expect([broken.monthFailed, broken.monthView]).toEqual([true, undefined]);
    const refused = new Availability(async () => ({ is: 'refused', refusal: { code: 'place_not_offered' } }), QUERY);
    await refused.open();
    expect(refused.refusal).toEqual({ code: 'place_not_offered' });
  });
});
