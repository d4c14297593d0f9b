import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import { at } from '$lib/fixtures/civil';
import type { Host } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { HostTrouble } = await import('$lib/host');
// What a sheet is made of comes when one is opened: here it is there before anybody waits.
await import('$lib/components/SheetDialog.svelte');
const { default: CancelSheet } = await import('./CancelSheet.svelte');

const booking = {
  ticket: { booking: 'b', service: 'Cut', start: at('14:00') },
  actions: { cancel: { refusal: null, until: null, not_refunded: null } },
};

afterEach(cleanup);

it('begins anew each time it is opened', async () => {
  fake.host = { kind: 'browser', execute: async () => Promise.reject(new HostTrouble({ code: 'offline' })) };
  const { rerender } = render(CancelSheet, { open: true, business: cardOf(), booking } as never);
  const reason = () => screen.findByRole<HTMLTextAreaElement>('textbox');
  await fireEvent.input(await reason(), { target: { value: 'I am ill' } });
  await fireEvent.click(screen.getByRole('button', { name: 'Cancel the appointment' }));
  expect((await screen.findByRole('alert')).textContent, 'why it did not work').toContain('cannot be reached');
  expect((await reason()).value, 'who presses again need not write it again').toBe('I am ill');
  await rerender({ open: false } as never);
  await vi.waitFor(() => expect(screen.queryByRole('textbox'), 'it is closed').toBeNull());
  await rerender({ open: true } as never);
  expect((await reason()).value, 'that was another day').toBe('');
  expect(screen.queryByRole('alert'), 'nothing went wrong yet').toBeNull();
});
