/** What a counter keeps on its machine: the day, and whom it checked in. */
import type { CounterDay } from '../types/CounterDay';
import type { Finding } from '../types/Finding';
import type { SeenCheckIn } from '../types/SeenCheckIn';

/** A check-in with what became of it. */
export interface Kept {
  seen: SeenCheckIn;
  /** Of the code, if there was one: no other check-in may have it. */
  number: string | null;
  /** For the list of findings, when the booking is gone. */
  who: string;
  state: 'waiting' | 'done' | 'found';
  finding: Finding | null;
  /** Somebody looked at the finding. */
  seenBySomebody: boolean;
}

/** How long check-ins are kept, in milliseconds: longer than any code holds and any list shows. */
const KEEP = 8 * 24 * 60 * 60 * 1000;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('datebook-counter', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('day');
      request.result.createObjectStore('seen', { keyPath: 'seen.id' });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no database'));
  });
}

async function within<T>(
  store: 'day' | 'seen',
  mode: IDBTransactionMode,
  how: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(store, mode, { durability: 'strict' });
      const request = how(transaction.objectStore(store));
      // Not before it is on disk: what the screen says was kept was kept.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error('not kept'));
    });
  } finally {
    database.close();
  }
}

/** The day as it was fetched last. */
export const keptDay = () => within<CounterDay | undefined>('day', 'readonly', (store) => store.get('day'));

export const keepDay = (day: CounterDay) => within('day', 'readwrite', (store) => store.put(day, 'day'));

/** All check-ins of the last days, the oldest first; older ones that are settled go. */
export async function keptCheckIns(now: number): Promise<Kept[]> {
  const all = await within<Kept[]>('seen', 'readonly', (store) => store.getAll());
  const [old, fresh] = [[] as Kept[], [] as Kept[]];
  for (const kept of all) (Date.parse(kept.seen.at) < now - KEEP && kept.state === 'done' ? old : fresh).push(kept);
  for (const kept of old) await within('seen', 'readwrite', (store) => store.delete(kept.seen.id));
  return fresh.sort((a, b) => a.seen.at.localeCompare(b.seen.at));
}

export const keepCheckIn = (kept: Kept) => within('seen', 'readwrite', (store) => store.put(kept));

/** The operator took this counter back: nothing of the customers stays. */
export async function forgetEverything(): Promise<void> {
  await within('day', 'readwrite', (store) => store.clear());
  await within('seen', 'readwrite', (store) => store.clear());
}
