import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { at, day as date } from '$lib/fixtures/civil';
import type { Host, Trouble } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

// What a sheet is made of comes when one is opened: here it is there before anybody waits.
await import('$lib/components/SheetDialog.svelte');
const { default: RescheduleSheet } = await import('./RescheduleSheet.svelte');

const paid = { minor: 0, currency: 'EUR' };
const booking = {
  ticket: { booking: 'b', service: 'Cut', staff: 'Mara', start: at('14:00'), end: at('15:00'), paid },
  ...{ service: 's', variant: 'v', place: 'p', staff: 'm', party: 1 },
};
const free = { start: at('16:00'), end: at('17:00'), staff: ['m'], seats: null };
const day = { view: 'day', date, state: { is: 'free', times: 1 }, times: [free] };

let trouble: Trouble;

beforeEach(() => {
  fake.host = {
    kind: 'browser',
    view: async () => ({ is: 'screen', screen: day }) as never,
    execute: async () => Promise.reject(trouble),
    clashes: async () => [],
    events: () => () => undefined,
  };
});
afterEach(cleanup);

async function move() {
  const onclose = () => undefined;
  render(RescheduleSheet, { booking, wanted: at('16:00'), onclose } as never);
  await fireEvent.click(await screen.findByRole('button', { name: /^Move to / }));
  return (await screen.findByRole('alert')).textContent;
}

it('promises the present time only where it is certain', async () => {
  trouble = { code: 'no_answer' };
  const said = await move();
  expect(said, 'it may have another one by now').toContain('It may have been moved all the same');
  expect(said, 'so this would be a lie').not.toContain('stays yours');
  cleanup();
  trouble = { code: 'offline' };
  expect(await move(), 'nothing has left this browser').toContain('Your present time stays yours');
});
