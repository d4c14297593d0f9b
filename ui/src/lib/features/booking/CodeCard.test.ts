import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Host } from '$lib/host';
import type { CheckInCode } from '$lib/host/types/CheckInCode';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { default: CodeCard } = await import('./CodeCard.svelte');

/** What the device was asked for and has not answered. */
let asked: ((code: CheckInCode) => void)[];
let count: number;

beforeEach(() => {
  vi.useFakeTimers();
  [asked, count] = [[], 0];
  fake.host = {
    checkInCode: () => {
      count += 1;
      return new Promise<CheckInCode>((resolve) => asked.push(resolve));
    },
  };
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const props = { business: { id: 'b' }, booking: { ticket: { booking: 'one' } } } as never;
const press = () => fireEvent.click(screen.getByRole('button'));

/** The device signs whatever it was asked for. */
async function signs() {
  const link = 'datebook://check-in?server=s&token=t';
  const [issued, renew, until] = [0, 60_000, 120_000].map((more) => new Date(Date.now() + more).toISOString());
  const code = { is: 'code', link, reference: '0123-ABCD', issued, renew, until } as unknown as CheckInCode;
  for (const answer of asked.splice(0)) answer(code);
  await vi.advanceTimersByTimeAsync(0);
}

describe('the code for the counter', () => {
  it('is renewed while it is shown', async () => {
    render(CodeCard, props);
    await press();
    await signs();
    expect(screen.getByRole('img'), 'it is there').toBeTruthy();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count, 'and once more after a minute').toBe(2);
  });

  it('is not made any more once its page is gone, even if one was on its way', async () => {
    const { unmount } = render(CodeCard, props);
    await press();
    unmount();
    await signs();
    expect(vi.getTimerCount(), 'nothing wakes up later').toBe(0);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(count, 'the device signs nothing for nobody').toBe(1);
  });

  it('is made for one showing only, however often the button was pressed meanwhile', async () => {
    render(CodeCard, props);
    for (let times = 0; times < 3; times += 1) await press();
    await signs();
    count = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count, 'one code a minute').toBe(1);
  });
});
