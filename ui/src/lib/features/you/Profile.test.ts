import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { Command, Event, Host, Receipt } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { default: Profile } = await import('./Profile.svelte');

const profile = { view: 'profile', id: 'me', name: 'Ada', email: 'ada@example.org', phone: '030 123', waiting: false };

let given: Command[];
let receipt: Receipt;
let holds: typeof profile;
/** How often they were read. */
let asked: number;
let tell: (event: Event) => void;

beforeEach(() => {
  [given, holds, asked] = [[], profile, 0];
  receipt = { is: 'accepted', outcome: { is: 'profile_updated' } };
  fake.host = {
    view: async () => (asked++, { is: 'screen', screen: holds }) as never,
    execute: async (_business, command) => (given.push(command), receipt),
    events: (listener) => ((tell = listener), () => undefined),
  };
});
afterEach(cleanup);

const open = () => render(Profile, { card: cardOf() });
const field = (name: string) => screen.findByRole<HTMLInputElement>('textbox', { name });
const write = async (name: string, value: string) => fireEvent.input(await field(name), { target: { value } });
const save = () => fireEvent.click(screen.getByRole('button', { name: 'Save' }));

describe('the customer’s own details', () => {
  it('cannot be saved before they were read: what is not known must not be erased', async () => {
    let answer: (reply: unknown) => void = () => undefined;
    fake.host.view = () => new Promise((done) => (answer = done as typeof answer));
    open();
    expect(screen.queryByRole('textbox'), 'an empty field would claim that there is nothing').toBeNull();
    expect(screen.queryByRole('button'), 'and nothing sends it').toBeNull();
    answer({ is: 'screen', screen: profile });
    expect((await field('Telephone')).value, 'then they are there').toBe('030 123');
    expect(screen.getByRole('button', { name: 'Save' }), 'and can be changed').toBeTruthy();
  });

  it.each([
    ['cannot be read', async () => Promise.reject({ code: 'offline' }), 'cannot be reached'],
    ['are refused', async () => ({ is: 'refused', refusal: { code: 'not_signed_in' } }), 'Sign in'],
  ])('say so when they %s, and nothing else', async (_, view, words) => {
    fake.host.view = view as unknown as Host['view'];
    open();
    expect((await screen.findByRole('alert')).textContent).toContain(words);
    expect(screen.queryByRole('textbox'), 'nothing to write into').toBeNull();
    expect(screen.queryByRole('button'), 'nothing to send').toBeNull();
  });

  it('leave alone what was not written', async () => {
    open();
    await write('Name', ' Ada King ');
    await tick();
    expect(given, 'nothing is sent before it is saved').toEqual([]);
    await save();
    expect(given, 'the number goes along as it was read').toEqual([
      { type: 'update_profile@1', name: 'Ada King', phone: '030 123' },
    ]);
  });

  it('keep what is being written when something else changes', async () => {
    open();
    await write('Telephone', '040 9');
    holds = { ...profile, name: 'Ada K.' };
    tell({ event: 'changed', business: '1' });
    await waitFor(() => expect(asked, 'it is read again').toBe(2));
    await tick();
    expect((await field('Telephone')).value, 'a poke is no eraser').toBe('040 9');
  });

  it('need a name, and say so at its field', async () => {
    open();
    await write('Name', '  ');
    await save();
    const alert = screen.getByRole('alert');
    expect((await field('Name')).getAttribute('aria-describedby')).toBe(alert.id);
    expect(given, 'nothing was sent').toEqual([]);
  });

  it('stay as they were written when the answer is no', async () => {
    receipt = { is: 'refused', refusal: { code: 'bad_text', facts: { field: 'phone', most: 40 } } };
    open();
    await write('Telephone', '1'.repeat(40));
    await save();
    await waitFor(() => expect(screen.getByRole('alert'), 'it says why').toBeTruthy());
    expect((await field('Telephone')).value, 'and nothing has to be written twice').toBe('1'.repeat(40));
  });
});
