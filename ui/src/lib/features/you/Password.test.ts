import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { Host } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { default: Password } = await import('./Password.svelte');

beforeEach(() => {
  fake.host = { setPassword: vi.fn(async () => undefined) };
});
afterEach(cleanup);

it('leads the focus through setting a password: its button is gone both times', async () => {
  render(Password, { card: cardOf() });
  screen.getByRole('button').focus();
  await fireEvent.click(screen.getByRole('button'));
  const [current, fresh] = [screen.getByLabelText('Present password'), screen.getByLabelText('New password')];
  await waitFor(() => expect(document.activeElement, 'where one writes').toBe(current));
  await fireEvent.input(fresh, { target: { value: 'long enough' } });
  screen.getByRole('button').focus();
  await fireEvent.click(screen.getByRole('button'));
  await waitFor(() => expect(document.activeElement, 'where it was set').toBe(screen.getByRole('heading')));
  expect(fake.host.setPassword).toHaveBeenCalledWith('1', '', 'long enough');
});
