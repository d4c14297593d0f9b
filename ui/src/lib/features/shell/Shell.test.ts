import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { turnKeys, type Host } from '$lib/host';

const fake = vi.hoisted(() => ({
  host: { kind: 'browser' } as Partial<Host>,
  goto: vi.fn(),
  url: new URL('http://here/'),
}));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: fake.goto }));
vi.mock('$app/state', () => ({ page: fake }));

const { default: Shell } = await import('./Shell.svelte');
// Read when a sheet is first opened; here no test waits for that.
await import('$lib/components/SheetDialog.svelte');

const children = createRawSnippet(() => ({ render: () => '<p>a page</p>' }));

beforeEach(() => {
  fake.goto.mockReset();
});
afterEach(() => {
  cleanup();
  turnKeys(true);
  vi.unstubAllGlobals();
});

it.each([
  ['/agenda', false, false],
  ['/agenda/b', true, false],
  ['/agenda/b', false, true],
  ['/wallet', true, true],
])('searches from %s where the list is (wide: %s, goes there: %s)', async (path, wide, goes) => {
  fake.url = new URL(path, 'http://here');
  vi.stubGlobal('matchMedia', () => ({ matches: wide }));
  const search = vi.fn();
  window.addEventListener('datebook:search', search, { once: true });
  render(Shell, { children });
  await fireEvent.keyDown(document.body, { key: '/' });
  await vi.waitFor(() => expect(search).toHaveBeenCalledTimes(1));
  expect(fake.goto.mock.calls, 'a list that is not seen cannot be searched').toEqual(goes ? [['/agenda']] : []);
});

it('has its keys turned off in their own list', async () => {
  render(Shell, { children });
  await fireEvent.keyDown(document.body, { key: '?' });
  await fireEvent.click(await screen.findByRole('checkbox', { name: 'Letters and signs are shortcuts' }));
  await fireEvent.click(screen.getByRole('button', { name: 'Close' }));
  await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await fireEvent.keyDown(document.body, { key: 'n' });
  expect(fake.goto, 'a letter is a letter').not.toHaveBeenCalled();
});
