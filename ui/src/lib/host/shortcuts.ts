/** Whether single keys are shortcuts: of this device, for whoever uses it. */

/** There while they are turned off. */
const offKey = 'datebook.keys-off';

/**
 * Whether the keys do anything on this device. Whoever speaks to it, or often hits a key without wanting to, turns them
 * off (WCAG 2.1.4).
 */
export function keysOn(): boolean {
  try {
    return localStorage.getItem(offKey) === null;
  } catch {
    return true; // a browser that keeps nothing
  }
}

export function turnKeys(on: boolean): void {
  if (on) localStorage.removeItem(offKey);
  else localStorage.setItem(offKey, 'off');
}
