import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import { nextOf } from '$lib/features/sign-in/next';

const fake = vi.hoisted(() => ({ page: { url: new URL('http://localhost/') } }));
vi.mock('$app/state', () => ({ page: fake.page }));

const { default: OfflineLine } = await import('./OfflineLine.svelte');

afterEach(cleanup);

const link = () => screen.queryByRole('link', { name: 'Sign in again' });

it.each(['session_ended', 'locked'] as const)('leads back to where the session was missed (%s)', (connection) => {
  fake.page.url = new URL('http://localhost/book?service=cut&with=ada&step=review');
  render(OfflineLine, { card: cardOf({ connection }) });
  const address = new URL(link()!.getAttribute('href')!, 'http://localhost');
  expect(address.pathname).toBe('/sign-in');
  expect(nextOf(address.searchParams), 'with all that was chosen').toBe('/book?service=cut&with=ada&step=review');
});

it('does not lead from the sign-in to the sign-in', () => {
  fake.page.url = new URL('http://localhost/sign-in?next=%2Fbook%3Fservice%3Dcut');
  render(OfflineLine, { card: cardOf({ connection: 'session_ended' }) });
  expect(screen.getByRole('status').textContent, 'why is said all the same').not.toBe('');
  expect(link(), 'it would forget where to go on').toBeNull();
});
