import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import Toaster from './Toaster.svelte';
import { toasts } from './toast.svelte';

const texts = () => toasts.said.map(({ text }) => text);

beforeEach(() => {
  vi.useFakeTimers();
  toasts.said = [];
});
afterEach(() => {
  cleanup();
  vi.runOnlyPendingTimers();
  vi.useRealTimers();
});

describe('of what was done', () => {
  it('a line that can be undone is the last to go', () => {
    toasts.say('Cancelled.', { undo: () => undefined });
    toasts.say('Confirmed.');
    toasts.say('Refused.', { bad: true });
    expect(texts(), 'there is room for two').toEqual(['Cancelled.', 'Refused.']);
  });

  it('the oldest goes where all can be undone', () => {
    for (const text of ['One.', 'Two.', 'Three.']) toasts.say(text, { undo: () => undefined });
    expect(texts()).toEqual(['Two.', 'Three.']);
  });

  it('the same is said once, and stays from the last time on', () => {
    toasts.say('Confirmed.');
    vi.advanceTimersByTime(4000);
    toasts.say('Confirmed.');
    expect(texts(), 'once').toEqual(['Confirmed.']);
    vi.advanceTimersByTime(4000);
    expect(texts(), 'its time began anew').toEqual(['Confirmed.']);
    vi.advanceTimersByTime(1000);
    expect(texts(), 'and ends').toEqual([]);
  });

  it('two things that can be undone stay two, whatever they are called', () => {
    const undo = [vi.fn(), vi.fn()] as const;
    for (const one of undo) toasts.say('Withdrawn.', { undo: one });
    expect(toasts.said.map((line) => line.undo)).toEqual([...undo]);
  });
});

describe('a line that somebody is at stays', () => {
  const undo = () => screen.getByRole('button', { name: 'Undo' });

  beforeEach(() => {
    render(Toaster);
    toasts.say('Cancelled.', { undo: () => undefined });
  });

  it.each<[string, () => unknown, () => unknown]>([
    [
      'with the pointer',
      () => fireEvent.pointerEnter(screen.getByRole('status')),
      () => fireEvent.pointerLeave(screen.getByRole('status')),
    ],
    ['with the focus', () => undo().focus(), () => undo().blur()],
  ])('%s, and goes some time after they have left', async (_, come, leave) => {
    await vi.advanceTimersByTimeAsync(0);
    come();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(texts(), 'a minute is not too long').toEqual(['Cancelled.']);
    leave();
    await vi.advanceTimersByTimeAsync(8_000);
    expect(texts(), 'it has its whole time again').toEqual(['Cancelled.']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(texts()).toEqual([]);
  });

  it('and holds no later one when it was put away by its own button', async () => {
    await vi.advanceTimersByTimeAsync(0);
    undo().focus();
    await fireEvent.pointerEnter(screen.getByRole('status'));
    await fireEvent.click(undo());
    toasts.say('Confirmed.');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(texts()).toEqual([]);
  });
});
