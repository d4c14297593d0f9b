import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { DayState, MonthView } from '$lib/host';

import Calendar from './Calendar.svelte';
import { weeks } from './month';

function november(states: Record<string, DayState>): MonthView {
  const days = weeks('2026-11-01', 'en-GB')
    .flat()
    .filter((date) => date !== null)
    .map((date) => ({ date, state: states[date] ?? ({ is: 'full' } as const) }));
  return { month: '2026-11-01', days, today: '2026-11-22', last: '2027-01-15', zone: 'Europe/Berlin', next_free: null };
}

const view = november({
  '2026-11-23': { is: 'free', times: 1 },
  '2026-11-27': { is: 'free', times: 5 },
  '2026-11-28': { is: 'closed', reason: 'Stocktaking' },
});

function show(more: object = {}) {
  const onchoose = vi.fn();
  const onturn = vi.fn();
  render(Calendar, { view, month: view.month, frame: view, onchoose, onturn, ...more });
  return { onchoose, onturn };
}
afterEach(cleanup);

const day = (name: string) => screen.getByRole('button', { name });

describe('the calendar', () => {
  it('speaks full dates with the number of free times, or why there are none', () => {
    show();
    expect(screen.getByRole('grid', { name: 'Days of November 2026' })).toBeTruthy();
    expect(day('Friday 27 November, 5 free times').getAttribute('aria-disabled'), 'it can be chosen').toBe('false');
    expect(day('Saturday 28 November, closed: Stocktaking').getAttribute('aria-disabled')).toBe('true');
    expect(day('Today, Sunday 22 November, full').getAttribute('aria-current')).toBe('date');
  });

  it('has one day in the tab order: the first free one', () => {
    show();
    const stops = screen.getAllByRole('button').filter((button) => button.dataset.date && button.tabIndex === 0);
    expect(stops.map((button) => button.dataset.date)).toEqual(['2026-11-23']);
  });

  it('moves the focus by keys, also onto days that cannot be chosen', async () => {
    const { onchoose } = show();
    day('Monday 23 November, 1 free time').focus();
    await fireEvent.keyDown(document.activeElement!, { key: 'End' });
    await fireEvent.keyDown(document.activeElement!, { key: 'ArrowLeft' });
    expect(document.activeElement, 'Sunday, then Saturday').toBe(day('Saturday 28 November, closed: Stocktaking'));
    await fireEvent.click(document.activeElement!);
    expect(onchoose, 'a closed day says why and chooses nothing').not.toHaveBeenCalled();
    await fireEvent.keyDown(document.activeElement!, { key: 'ArrowLeft' });
    await fireEvent.click(document.activeElement!);
    expect(onchoose).toHaveBeenCalledExactlyOnceWith('2026-11-27');
  });

  it('turns the page when a key leads into another month, and not beyond the last one', async () => {
    const { onturn } = show();
    day('Friday 27 November, 5 free times').focus();
    await fireEvent.keyDown(document.activeElement!, { key: 'PageDown' });
    expect(onturn).toHaveBeenCalledExactlyOnceWith('2026-12-01');
    expect(day('No earlier month').getAttribute('aria-disabled'), 'October is over').toBe('true');
  });

  it('leads to the next free day when a month has none', async () => {
    const empty = { ...november({}), next_free: '2026-12-01' };
    const { onturn } = show({ view: empty, frame: empty });
    expect(screen.getByText('Nothing is free in November.')).toBeTruthy();
    await fireEvent.click(day('Go to Tue 1 Dec'));
    expect(onturn).toHaveBeenCalledWith('2026-12-01');
  });
});
