import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { inBerlin } from '$lib/fixtures/civil';
import { asTimePasses } from './passing.svelte';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

let answer = $state.raw<unknown>();
let ask: ReturnType<typeof vi.fn<() => void>>;
let end: () => void;

function turn(visibility: DocumentVisibilityState) {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(visibility);
  document.dispatchEvent(new Event('visibilitychange'));
}

function begin(first: unknown) {
  answer = first;
  end = $effect.root(() => asTimePasses(() => answer, ask));
  flushSync();
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-22T10:00:00+01:00') });
  ask = vi.fn<() => void>();
});
afterEach(() => {
  end();
  expect(vi.getTimerCount(), 'nothing wakes up for a page that is gone').toBe(0);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('what is asked again as time passes', () => {
  it('comes after a moment that the answer names, however deep', () => {
    begin({ actions: { check_in: { refusal: { facts: { from: inBerlin('2026-11-22', '10:01') } } } } });
    vi.advanceTimersByTime(MINUTE);
    expect(ask, 'a deadline is the last moment at which it may be done').not.toHaveBeenCalled();
    vi.advanceTimersByTime(SECOND);
    expect(ask, 'then it is over').toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(2 * MINUTE);
    expect(ask, 'one moment is one question').toHaveBeenCalledTimes(1);
  });

  it('comes with the next day where the answer is about', () => {
    vi.setSystemTime(new Date('2026-11-22T23:59:00+01:00'));
    begin([{ start: inBerlin('2026-11-27', '14:00') }]);
    vi.advanceTimersByTime(MINUTE + SECOND);
    expect(ask, 'midnight in Berlin').toHaveBeenCalledTimes(1);
  });

  it('comes every few minutes where nothing is named', () => {
    begin(undefined);
    vi.advanceTimersByTime(60 * MINUTE);
    expect(ask, 'also without an answer').toHaveBeenCalledTimes(20);
  });

  it('follows the answer', () => {
    begin([inBerlin('2026-11-22', '10:02')]);
    answer = [inBerlin('2026-11-22', '10:01')];
    flushSync();
    vi.advanceTimersByTime(MINUTE + SECOND);
    expect(ask, 'the moment of the new one').toHaveBeenCalledTimes(1);
  });

  it('waits while nobody looks, and comes at once when somebody does', () => {
    begin([inBerlin('2026-11-22', '10:01')]);
    turn('hidden');
    vi.advanceTimersByTime(24 * 60 * MINUTE);
    expect(ask, 'a whole day').not.toHaveBeenCalled();
    turn('visible');
    expect(ask, 'what holds now').toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(3 * MINUTE);
    expect(ask, 'and on it goes').toHaveBeenCalledTimes(2);
  });
});
