/**
 * The tabs of one browser share a cookie that no script can see: each tells the others when it signed in or out. What is
 * stored means nothing; that it changed does, and only other tabs hear of it.
 */
import { newId } from '../id';

const key = 'datebook.session-changed';

/** Tells the other tabs. */
export function tellTabs(): void {
  localStorage.setItem(key, newId());
}

/** Calls when another tab told. */
export function hearTabs(listener: () => void): void {
  window.addEventListener('storage', (event) => {
    if (event.key === key) listener();
  });
}
