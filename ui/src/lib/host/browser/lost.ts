/**
 * Commands that got no verdict, kept for a page that is loaded anew: their ids and whose they are, none of their words.
 *
 * They are in the tab's own storage, which the browser keeps apart for each business (its origin) and drops with the
 * tab. A tab that is duplicated begins with a copy: both then ask what became of them, and are told the same. Other
 * tabs know nothing of them.
 *
 * **Invariant:** what is found there is believed only as far as it looks like ids; a browser that keeps nothing is one
 * that forgets with the page.
 */
import type { CommandId } from '../types/CommandId';
import type { CustomerId } from '../types/CustomerId';

const key = 'datebook.lost';
/** Most ids, and most letters that they take with everything around them. */
const [MOST, LETTERS] = [32, 2048];
const id = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Those of a customer, the oldest first. What is there of another one is removed. */
export function lostOf(customer: CustomerId): CommandId[] {
  const found = read();
  if (found?.customer === customer && Array.isArray(found.ids))
    return found.ids.filter((one) => typeof one === 'string' && id.test(one)).slice(-MOST) as CommandId[];
  forgetLost();
  return [];
}

/** Whether there are any, whosever they are. */
export function isAnyLost(): boolean {
  const ids = read()?.ids;
  return Array.isArray(ids) && ids.length > 0;
}

/** Keeps these, and none but these. */
export function keepLost(customer: CustomerId, ids: CommandId[]): void {
  if (ids.length === 0) return forgetLost();
  try {
    sessionStorage.setItem(key, JSON.stringify({ customer, ids: ids.slice(-MOST) }));
  } catch {
    // There is no storage, or no room: the page alone knows them.
  }
}

export function forgetLost(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}

function read(): { customer?: unknown; ids?: unknown } | null {
  try {
    const text = sessionStorage.getItem(key) ?? 'null';
    return text.length > LETTERS ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
