import { afterEach, beforeEach, expect, it } from 'vitest';
import { turnKeys } from '$lib/host';
import { keyOf, type Key } from './keys';

beforeEach(() => {
  document.body.innerHTML = '<main><a href="/">a link</a><input /></main>';
});
afterEach(() => {
  document.body.innerHTML = '';
  turnKeys(true);
});

/** What pressing a key on the first of these elements asks for. */
function press(key: string, on = 'a', more: KeyboardEventInit = {}): Key | undefined {
  let asked: Key | undefined;
  const hear = (event: KeyboardEvent) => (asked = keyOf(event));
  window.addEventListener('keydown', hear, { once: true });
  document.querySelector(on)!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
  return asked;
}

it('asks for something with a single key', () => {
  expect(['n', 'j', 'k', 'r', '/', '?'].map((key) => press(key))).toEqual([
    'new',
    'next',
    'previous',
    'reschedule',
    'search',
    'help',
  ]);
  expect(press('x'), 'others mean nothing').toBeUndefined();
});

it('leaves alone whoever writes, means another program, or has a dialog open', () => {
  expect(press('n', 'input'), 'a letter of a word').toBeUndefined();
  expect(press('n', 'a', { ctrlKey: true }), 'a new window').toBeUndefined();
  document.body.insertAdjacentHTML('beforeend', '<div role="dialog"></div>');
  expect(press('n'), 'what is behind a dialog waits').toBeUndefined();
});

it('asks for nothing where the keys were turned off, until they are turned on again', () => {
  turnKeys(false);
  expect(['n', 'j', 'k', 'r', '/', '?'].map((key) => press(key)).filter(Boolean), 'no single key').toEqual([]);
  turnKeys(true);
  expect(press('n')).toBe('new');
});
