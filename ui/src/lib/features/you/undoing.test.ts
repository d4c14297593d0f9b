import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { Command, Host, Receipt } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { HostTrouble } = await import('$lib/host');
const { toasts } = await import('$lib/components');
const { default: Feed } = await import('./Feed.svelte');

let given: [string, Command][];
let receipt: Receipt;

beforeEach(() => {
  [given, receipt, toasts.said] = [[], { is: 'accepted', outcome: { is: 'feed_turned_off' } }, []];
  fake.host = {
    view: async () => ({ is: 'screen', screen: { view: 'feed', link: { secret: 'old', waiting: false } } }) as never,
    execute: async (business, command) => (given.push([business, command]), receipt),
    events: () => () => undefined,
  };
});
afterEach(cleanup);

/** Turns the feed off and opens another business; answers with what takes that back. */
async function turnOffAndLeave() {
  const { rerender } = render(Feed, { card: cardOf() });
  await fireEvent.click(await screen.findByRole('button', { name: 'Turn off' }));
  await waitFor(() => expect(toasts.said.length, 'it says what was done').toBe(1));
  await rerender({ card: cardOf({ id: '2' }) });
  return toasts.said[0]!.undo!;
}

describe('undoing what was done with a feed', () => {
  it('happens at the business where it was done, whichever is open by then', async () => {
    (await turnOffAndLeave())();
    expect(given.at(-1), 'the other one has its own link').toEqual(['1', { type: 'turn_feed_on@1', secret: 'old' }]);
  });

  it('says when it fails, also where this page is not seen any more', async () => {
    const undo = await turnOffAndLeave();
    cleanup();
    receipt = { is: 'refused', refusal: { code: 'already_exists', facts: { what: 'feed' } } };
    undo();
    await waitFor(() => expect(toasts.said.length).toBe(2));
    expect(toasts.said[1], 'a no').toMatchObject({ bad: true, text: expect.stringMatching(/on already/) });
    fake.host.execute = async () => Promise.reject(new HostTrouble({ code: 'offline' }));
    undo();
    await waitFor(() => expect(toasts.said[1]!.text, 'and a failure').toContain('cannot be reached'));
  });
});
