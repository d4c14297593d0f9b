import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { portal } from '$lib/fixtures/portal';

import type { Ask } from './availability.svelte';
import DateTimePicker from './DateTimePicker.svelte';

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const query = { service: 'cut', variant: 'one', place: 'mitte', party: 1 };

async function openList(ask: Ask) {
  render(DateTimePicker, { ask, query, ondate: vi.fn(), onpick: vi.fn() });
  await fireEvent.click(screen.getByRole('button', { name: 'Show next free times' }));
}

it.each([
  ['nothing', () => true],
  ['the months alone', (view: string) => view === 'day'],
])('claims nothing of times that could not be read where %s was, and asks again', async (_, isAway) => {
  const { ask } = portal(['2026-11-27']);
  let away = true;
  await openList((view) => (away && isAway(view.view) ? Promise.reject(new Error('away')) : ask(view)));
  expect(await screen.findByText('The free times could not be read.')).toBeTruthy();
  expect(screen.queryByText(/Nothing is free/), 'nobody knows').toBeNull();
  away = false;
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('radio', { name: '08:00' }), 'there they are').toBeTruthy();
  expect(screen.queryByText('The free times could not be read.')).toBeNull();
});

it('says that nothing is free where that is known', async () => {
  await openList(portal([]).ask);
  expect(await screen.findByText(/Nothing is free/)).toBeTruthy();
});

it('gives the focus to the first of the times that were hidden', async () => {
  await openList(portal(['2026-11-27'], 10).ask);
  await fireEvent.click(await screen.findByRole('button', { name: /^Show all 10 times/ }));
  await vi.waitFor(() => expect(document.activeElement, 'six were there').toBe(screen.getByLabelText('14:00')));
});

it('keeps the button for later days until they are there, and then gives them the focus', async () => {
  const { ask } = portal(['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27']);
  let answer = () => {};
  const later = new Promise<void>((resolve) => (answer = resolve));
  await openList(async (view) => {
    if (view.view === 'day' && view.date === '2026-11-27') await later;
    return ask(view);
  });
  const button = await screen.findByRole('button', { name: 'Show later days' });
  await vi.waitFor(() => expect(button.getAttribute('aria-disabled')).toBeNull());
  button.focus();
  await fireEvent.click(button);
  expect([document.activeElement, button.getAttribute('aria-disabled')], 'it is on its way').toEqual([button, 'true']);
  answer();
  const day = await screen.findByRole('heading', { name: /^Friday 27 November/ });
  await vi.waitFor(() => expect(document.activeElement, 'the first new one').toBe(day));
  expect(button.isConnected, 'there are no others').toBe(false);
});
