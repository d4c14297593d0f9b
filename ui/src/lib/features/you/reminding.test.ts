import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Event, Host, ReminderSettings, Reminding } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { default: Reminders } = await import('./Reminders.svelte');

let standing: Reminding;
let looks: number;
let tell: (event: Event) => void;

beforeEach(() => {
  standing = { problem: null, stays: true, events_ring: false };
  looks = 0;
  fake.host = {
    reminders: async () => ({ day_before: true, hours_before: 2, travel: null, tray: true }),
    atLogin: async () => false,
    reminding: async () => ((looks += 1), standing),
    events: (listener) => ((tell = listener), () => undefined),
  };
});
afterEach(cleanup);

const promise = 'This device reminds you by itself';

describe('whether this device reminds', () => {
  it('is promised while it can, and not while it may not', async () => {
    render(Reminders);
    await screen.findByText(promise, { exact: false });
    standing = { problem: 'refused', stays: true, events_ring: false };
    tell({ event: 'reminding' });
    expect((await screen.findByRole('alert')).textContent).toContain('does not let Datebook show notifications');
    expect(screen.queryByText(promise, { exact: false }), 'that would not be true').toBeNull();
    standing = { problem: 'unshown', stays: true, events_ring: false };
    const before = looks;
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByText('Nothing on this device shows notifications', { exact: false });
    expect(looks, 'asking looks anew').toBe(before + 1);
    standing = { problem: null, stays: true, events_ring: false };
    await fireEvent.focus(window);
    await screen.findByText(promise, { exact: false });
  });

  it('says what closing the window does, as it is now', async () => {
    render(Reminders);
    await screen.findByText('Closing the window puts Datebook into the tray', { exact: false });
    standing = { problem: null, stays: false, events_ring: false };
    await fireEvent.focus(window);
    await waitFor(() => expect(document.body.textContent).toContain('so closing the window ends Datebook'));
  });
});

it('loses no change that comes while another one is made', async () => {
  const made: [ReminderSettings, () => void][] = [];
  fake.host.setReminders = (next) => new Promise((done) => made.push([next, done]));
  render(Reminders);
  await fireEvent.change(await screen.findByRole('combobox'), { target: { value: '6' } });
  await fireEvent.click(screen.getByRole('checkbox', { name: 'The day before, at the same time' }));
  await waitFor(() => expect(made.length).toBe(1));
  made[0]![1]();
  await waitFor(() => expect(made.length, 'one after the other').toBe(2));
  made[1]![1]();
  const both = { day_before: false, hours_before: 6, travel: null, tray: true };
  expect(made[1]![0], 'the second is made of what the first left').toEqual(both);
  await waitFor(() => expect(screen.getByRole<HTMLSelectElement>('combobox').value).toBe('6'));
  await waitFor(() => expect(screen.getAllByRole<HTMLInputElement>('checkbox')[0]!.checked).toBe(false));
});

describe('a wish that this device refuses', () => {
  beforeEach(() => {
    fake.host.reminders = async () => ({ day_before: true, hours_before: 2, travel: 20, tray: true });
    fake.host.setReminders = async () => Promise.reject({ code: 'storage', facts: { detail: 'no tray' } });
    fake.host.setAtLogin = async () => Promise.reject({ code: 'storage', facts: { detail: 'read only' } });
  });

  const boxes = () => screen.getAllByRole<HTMLInputElement>('checkbox').map(({ checked }) => checked);

  it('leaves every box as what holds', async () => {
    render(Reminders);
    const hours = await screen.findByRole<HTMLSelectElement>('combobox');
    const before = boxes();
    for (const box of screen.getAllByRole('checkbox')) {
      await fireEvent.click(box);
      await waitFor(() => expect(boxes(), 'nothing is ticked that is not so').toEqual(before));
    }
    await fireEvent.change(hours, { target: { value: '6' } });
    await waitFor(() => expect(hours.value, 'nor chosen').toBe('2'));
  });
});
