import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { Host, Trouble } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
const goto = vi.hoisted(() => vi.fn(async () => undefined));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto }));
vi.mock('$app/state', () => ({ page: { url: new URL('http://localhost/welcome') } }));

const { default: Welcome } = await import('../../../routes/welcome/+page.svelte');
const { businesses } = await import('../businesses/businesses.svelte');

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const full: Trouble = { code: 'storage', facts: { detail: 'disk full' } };

it('takes nobody for new whose book cannot be opened, and leads on once it can', async () => {
  vi.useFakeTimers();
  fake.host = { kind: 'app', businesses: () => Promise.reject(full), current: async () => null };
  await businesses.again();
  render(Welcome);
  expect(screen.getByRole('alert').textContent, 'why, and what is safe').toMatch(/free space.*stays as it is/s);
  expect(screen.queryByRole('textbox'), 'nobody is asked for an address that is known').toBeNull();
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await vi.advanceTimersByTimeAsync(0);
  expect(goto, 'it is as it was').not.toHaveBeenCalled();
  const card = cardOf();
  fake.host = { kind: 'app', businesses: async () => [card], current: async () => card.id };
  await vi.advanceTimersByTimeAsync(6000);
  expect(goto, 'by itself').toHaveBeenCalledWith(businesses.opensAt);
  expect(goto, 'once').toHaveBeenCalledTimes(1);
});
