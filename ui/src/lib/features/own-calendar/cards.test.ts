import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { HandedOver, Host, OwnCalendarCard } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { default: OwnCalendar } = await import('../you/OwnCalendar.svelte');
const { default: InCalendar } = await import('./InCalendar.svelte');
const { toasts } = await import('$lib/components');

const kept: OwnCalendarCard = { offered: true, on: true, name: 'Datebook', lets_move: true, problem: null };
let card: OwnCalendarCard;
let handed: HandedOver;

beforeEach(() => {
  [card, handed] = [kept, 'opened'];
  fake.host = {
    kind: 'app',
    ownCalendar: async () => card,
    calendarFile: () => null,
    addToCalendar: async () => handed,
    events: () => () => undefined,
  };
});
afterEach(cleanup);

describe('the card of the customer’s own calendar', () => {
  const asks = 'you are asked whether the appointment is to move too';

  it('promises a question only where an event can be moved', async () => {
    render(OwnCalendar, { card: { id: 'b' } } as never);
    await screen.findByText(asks, { exact: false });
    cleanup();
    card = { ...kept, lets_move: false };
    render(OwnCalendar, { card: { id: 'b' } } as never);
    await screen.findByText('an appointment is moved here, and its event follows', { exact: false });
    expect(screen.queryByText(asks, { exact: false }), 'nobody can move it there').toBeNull();
  });
});

describe('one appointment for the calendar', () => {
  const press = async () => {
    render(InCalendar, { business: { id: 'b' }, booking: 'one' } as never);
    await fireEvent.click(await screen.findByRole('button', { name: 'Add to calendar' }));
  };

  it('is said to be there where nothing else shows it', async () => {
    card = { ...kept, on: false };
    const said = vi.spyOn(toasts, 'say');
    await press();
    await waitFor(() => expect(screen.getByRole('button').getAttribute('aria-busy')).toBe('false'));
    expect(said, 'another program has opened and shows it').not.toHaveBeenCalled();
    cleanup();
    handed = 'entered';
    await press();
    await waitFor(() => expect(said).toHaveBeenCalledWith('It is in your calendar.'));
  });

  it('says how to allow it when it was refused', async () => {
    card = { ...kept, on: false };
    handed = 'denied';
    await press();
    expect((await screen.findByRole('alert')).textContent).toContain('You can allow it in the settings');
  });
});
