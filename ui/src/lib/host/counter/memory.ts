/**
 * What a counter keeps on its machine: the day, and whom it checked in.
 *
 * **Invariant:** a check-in that the server has not answered for is never dropped, and neither is a finding that nobody
 * has seen. Everything else about customers goes: with the counter, or after {@link KEEP}.
 */
import { HostTrouble } from '../host';
import type { CounterDay } from '../types/CounterDay';
import type { Finding } from '../types/Finding';
import type { SeenCheckIn } from '../types/SeenCheckIn';

/** A check-in with what became of it. */
export interface Kept {
  seen: SeenCheckIn;
  /** Of the code, if there was one: no other check-in may have it. */
  number: string | null;
  /** For the list of findings, when the booking is gone: the name, or the reference once this is no counter any more. */
  who: string;
  /** Of the booking. */
  reference: string;
  state: 'waiting' | 'done' | 'found';
  finding: Finding | null;
  /** Somebody looked at the finding. */
  seenBySomebody: boolean;
}

/** A day, and how far the server's clock was ahead of this machine's when it came, in milliseconds. */
export interface KeptDay {
  day: CounterDay;
  ahead: number;
}

/** How long check-ins are kept, in milliseconds: longer than any code holds and any list shows. */
const KEEP = 8 * 24 * 60 * 60 * 1000;

/** Whether nobody needs this check-in any more. */
export function isOver(kept: Kept, now: number): boolean {
  const needed = kept.state === 'waiting' || (kept.state === 'found' && !kept.seenBySomebody);
  return !needed && Date.parse(kept.seen.at) < now - KEEP;
}

/** What is left of a check-in that waits when its counter is closed: what the server needs, and no name. */
export const nameless = (kept: Kept): Kept => ({ ...kept, who: kept.reference });

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

/**
 * Does something in one transaction. `how` asks, and answers how to read what came of it.
 *
 * @throws {HostTrouble} `storage` when the disk refuses.
 */
async function within<T>(
  stores: ('day' | 'seen')[],
  mode: IDBTransactionMode,
  how: (transaction: IDBTransaction) => () => T,
): Promise<T> {
  let database: IDBDatabase | undefined;
  try {
    const opened = (database = await open());
    return await new Promise<T>((resolve, reject) => {
      const transaction = opened.transaction(stores, mode, { durability: 'strict' });
      const result = how(transaction);
      // Not before it is on disk: what the screen says was kept was kept.
      transaction.oncomplete = () => resolve(result());
      transaction.onabort = () => reject(transaction.error ?? new Error('not kept'));
    });
  } catch (thrown) {
    throw new HostTrouble({ code: 'storage', facts: { detail: String(thrown) } });
  } finally {
    database?.close();
  }
}

/** Looks at every check-in on the disk. */
function each(transaction: IDBTransaction, act: (kept: Kept, cursor: IDBCursorWithValue) => void) {
  const request = transaction.objectStore('seen').openCursor();
  request.onsuccess = () => {
    const cursor = request.result;
    if (!cursor) return;
    act(cursor.value as Kept, cursor);
    cursor.continue();
  };
}

/** The day as it was fetched last. */
export const keptDay = () =>
  within<KeptDay | undefined>(['day'], 'readonly', (transaction) => {
    const store = transaction.objectStore('day');
    const day: IDBRequest<CounterDay | undefined> = store.get('day');
    const ahead: IDBRequest<number | undefined> = store.get('ahead');
    return () => day.result && { day: day.result, ahead: ahead.result ?? 0 };
  });

export const keepDay = ({ day, ahead }: KeptDay) =>
  within(['day'], 'readwrite', (transaction) => {
    const store = transaction.objectStore('day');
    store.put(day, 'day');
    store.put(ahead, 'ahead');
    return () => undefined;
  });

/** All check-ins on the disk, the oldest first. */
export const keptCheckIns = () =>
  within<Kept[]>(['seen'], 'readonly', (transaction) => {
    const all: IDBRequest<Kept[]> = transaction.objectStore('seen').getAll();
    return () => all.result.sort((a, b) => a.seen.at.localeCompare(b.seen.at));
  });

export const keepCheckIn = (kept: Kept) =>
  within(['seen'], 'readwrite', (transaction) => {
    transaction.objectStore('seen').put(kept);
    return () => undefined;
  });

/** Drops the check-ins that are over. */
export const forgetOld = (now: number) =>
  within(['seen'], 'readwrite', (transaction) => {
    each(transaction, (kept, cursor) => {
      if (isOver(kept, now)) cursor.delete();
    });
    return () => undefined;
  });

/** This is no counter any more: nothing of the customers stays but the check-ins that still wait, without names. */
export const forgetCustomers = () =>
  within(['day', 'seen'], 'readwrite', (transaction) => {
    transaction.objectStore('day').clear();
    each(transaction, (kept, cursor) => {
      if (kept.state === 'waiting') cursor.update(nameless(kept));
      else cursor.delete();
    });
    return () => undefined;
  });
