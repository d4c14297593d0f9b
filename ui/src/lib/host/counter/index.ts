/** What the counter's page asks of its server and its machine. It is a page by itself: the app knows nothing of it. */
import { ask } from '../browser/wire';
import type { CounterDay } from '../types/CounterDay';
import type { SeenCheckIn } from '../types/SeenCheckIn';
import type { Settled } from '../types/Settled';

export { NotFound } from '../browser/wire';
export * from './memory';

export const openCounter = (token: string) => ask<undefined>('POST', 'counter/open', { token });
export const fetchDay = () => ask<CounterDay>('GET', 'counter/day');
export const settle = (seen: SeenCheckIn[]) => ask<Settled>('POST', 'counter/settle', { seen });

/** Makes this one page work without a network. The rest of the site stays as it is. */
export async function install(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  await navigator.serviceWorker.register('/service-worker.js', { scope: '/counter' });
  await navigator.storage?.persist?.();
}
