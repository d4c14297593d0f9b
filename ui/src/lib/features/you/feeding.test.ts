import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { BusinessCard, Event, Host, Receipt } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { toasts } = await import('$lib/components');
const { default: Feed } = await import('./Feed.svelte');

let link: { secret: string; waiting: boolean } | null;
let tell: (event: Event) => void;

beforeEach(() => {
  [link, toasts.said] = [null, []];
  fake.host = {
    view: async () => ({ is: 'screen', screen: { view: 'feed', link } }) as never,
    events: (heard) => ((tell = heard), () => undefined),
  };
});
afterEach(cleanup);

it.each<[BusinessCard['connection'], Receipt['is'], RegExp]>([
  ['online', 'accepted', /^The feed is on\.$/],
  ['offline', 'waiting', /^The link is there as soon as this device has been online\./],
])('says that it was turned on (%s), and keeps the focus with its button gone', async (connection, is, words) => {
  fake.host.execute = async () => {
    link = { secret: 'new', waiting: is === 'waiting' };
    return { is } as Receipt;
  };
  render(Feed, { card: cardOf({ connection }) });
  const button = await screen.findByRole('button', { name: 'Turn on' });
  button.focus();
  await fireEvent.click(button);
  await waitFor(() => expect(toasts.said.at(-1)?.text, 'no more than is known').toMatch(words));
  tell({ event: 'changed', business: '1' });
  await waitFor(() => expect(button.isConnected).toBe(false));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Calendar feed' })));
});
