import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { cardOf } from '$lib/fixtures/card';
import type { Host } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: vi.fn() }));
vi.mock('$app/state', () => ({ page: { url: new URL('http://localhost/sign-in') } }));

const { HostTrouble } = await import('$lib/host');
const { default: SignInForm } = await import('./SignInForm.svelte');

let given: string[];

beforeEach(() => {
  given = [];
  fake.host = {
    requestLink: async () => undefined as never,
    signInWithDigits: async (_business, digits) => void given.push(digits),
    signInWithPassword: async (_business, _email, password) => void given.push(password),
    businesses: async () => [],
    current: async () => null as never,
  };
  render(SignInForm, { card: cardOf({ customer: null }) });
});
afterEach(cleanup);

const write = (field: string, text: string) =>
  fireEvent.input(screen.getByLabelText(field), { target: { value: text } });
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));

async function waitForDigits() {
  await write('Email address', 'ada@example.org');
  await press('Send me a mail');
  return (await screen.findByLabelText('Six digits')) as HTMLInputElement;
}

it('says which digits are missing, and sends none', async () => {
  await waitForDigits();
  await write('Six digits', '123');
  await press('Sign in');
  expect(screen.getByRole('alert').textContent).toBe('Write all six digits of the mail.');
  expect(given).toEqual([]);
  await write('Six digits', '123456');
  expect(given, 'they are sent as soon as they are there').toEqual(['123456']);
  expect(screen.queryByRole('alert')).toBeNull();
});

it('says that the password is missing', async () => {
  await press('Use a password');
  await write('Email address', 'ada@example.org');
  await press('Sign in');
  expect(screen.getByRole('alert').textContent).toBe('Write your password, or use a mail.');
  expect(given).toEqual([]);
});

it.each([
  ['wrong_credentials', ''],
  ['offline', '123456'],
] as const)('keeps digits unless they are wrong (%s)', async (code, kept) => {
  fake.host.signInWithDigits = async () => Promise.reject(new HostTrouble({ code } as never));
  const digits = await waitForDigits();
  await write('Six digits', '123456');
  await screen.findByRole('alert');
  await vi.waitFor(() => expect(digits.value).toBe(kept));
});

it('keeps the digits that are on their way', async () => {
  let answer = () => {};
  fake.host.signInWithDigits = () => new Promise((resolve) => (answer = () => resolve(undefined)));
  const digits = await waitForDigits();
  await write('Six digits', '123456');
  await fireEvent.submit(digits.form!);
  expect(digits.value, 'pressing again takes nothing away').toBe('123456');
  answer();
});

it.each([
  ['123 456', 'the code alone'],
  ['Salon 2026: your code is 123 456.', 'a line with another number'],
  ['555 123\n123456', 'the last of two'],
])('takes a pasted code as a whole, whatever was begun: %s (%s)', async (text) => {
  const digits = await waitForDigits();
  await write('Six digits', '12');
  await fireEvent.paste(digits, { clipboardData: { getData: () => text } });
  expect([digits.value, ...given], 'and sends it').toEqual(['123456', '123456']);
});

it('begins each step where it begins on the screen', async () => {
  const focus = () => document.activeElement?.textContent;
  await press('Use a password');
  await vi.waitFor(() => expect(focus()).toBe('Sign in'));
  expect(document.activeElement?.tagName, 'its heading').toBe('H1');
  (document.activeElement as HTMLElement).blur();
  await press('Use a mail');
  await vi.waitFor(() => expect(document.activeElement?.tagName).toBe('H1'));
  const digits = await waitForDigits();
  expect(document.activeElement, 'where the digits are typed').toBe(digits);
  await press('Use another address');
  await vi.waitFor(() => expect(focus()).toBe('Sign in'));
});
