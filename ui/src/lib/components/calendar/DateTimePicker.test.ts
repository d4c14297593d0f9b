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
