import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import SheetDialog from './SheetDialog.svelte';
import Toaster from './Toaster.svelte';
import { toasts } from './toast.svelte';

const onclose = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  onclose.mockReset();
  toasts.said = [];
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** Opens a sheet while something that was done can be undone; presses what is named, beside the sheet. */
async function press(what: () => Element, pointerType: string) {
  const children = createRawSnippet(() => ({ render: () => '<p>inside</p>' }));
  render(Toaster);
  toasts.say('Withdrawn.', { undo: () => undefined });
  render(SheetDialog, { open: true, title: 'Cancel', onclose, children });
  await vi.advanceTimersByTimeAsync(100);
  const at = { button: 0, clientX: 900, clientY: 900 };
  const down = new MouseEvent('pointerdown', { bubbles: true, cancelable: true, ...at });
  const target = what();
  await fireEvent(target, Object.assign(down, { pointerType }));
  await vi.advanceTimersByTimeAsync(50);
  await fireEvent.click(target, at);
  await vi.advanceTimersByTimeAsync(50);
}

it.each(['mouse', 'touch'])('stays open when a line about what was done is pressed (%s)', async (pointer) => {
  await press(() => screen.getByText('Undo'), pointer);
  expect(toasts.said, 'it was undone').toEqual([]);
  expect(onclose, 'that line is above the sheet').not.toHaveBeenCalled();
});

it.each(['mouse', 'touch'])('is shut by a press beside it (%s)', async (pointer) => {
  await press(() => document.querySelector('.overlay')!, pointer);
  expect(onclose).toHaveBeenCalledTimes(1);
});
