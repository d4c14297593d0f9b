/**
 * What makes an answer old although nobody wrote anything: time that passes. A visit ends, a check-in opens, a deadline
 * goes by, another day begins.
 *
 * **Invariant:** nothing is asked while nobody looks; whoever looks again finds what holds now.
 */
import type { Civil } from '$lib/host';
import { nextDayAt } from './civil';

/** How old an answer becomes at most while somebody looks at it, in milliseconds: not every moment stands in it. */
const OLDEST = 3 * 60_000;
/** A deadline is the last moment at which something may be done: what comes of it is asked for after it. */
const AFTER = 1_000;

/**
 * Asks again whenever time may have made another answer of `answer`: after each moment and each midnight that it names,
 * when the page is looked at again, and every few minutes. Must be called while a component or an effect is set up.
 */
export function asTimePasses(answer: () => unknown, ask: () => void): void {
  $effect(() => {
    const named = momentsIn(answer());
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = () => {
      clearTimeout(timer);
      if (document.visibilityState !== 'visible') return;
      const now = Date.now();
      timer = setTimeout(askAgain, nextOf(named, now) - now);
    };
    const askAgain = () => {
      if (document.visibilityState === 'visible') ask();
      wait();
    };
    wait();
    document.addEventListener('visibilitychange', askAgain);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', askAgain);
    };
  });
}

/** When to ask next. */
function nextOf(named: Civil[], now: number): number {
  const moments = named.flatMap((civil) => [Date.parse(civil.at), nextDayAt(civil, new Date(now))]);
  return Math.min(now + OLDEST, ...moments.map((moment) => moment + AFTER).filter((moment) => moment > now));
}

/** Every civil time in an answer, however deep it lies. */
function momentsIn(answer: unknown): Civil[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return isCivil(answer) ? [answer] : Object.values(answer).flatMap(momentsIn);
}

function isCivil(value: object): value is Civil {
  return 'offset' in value && 'at' in value && typeof value.at === 'string';
}
