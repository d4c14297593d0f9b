/** Whether single keys are shortcuts: of this device, for whoever uses it. */

/** There while they are turned off. */
const offKey = 'datebook.keys-off';
/** What was chosen in this tab, also where the browser keeps nothing. */
let chosen: boolean | undefined;

/**
 * Whether the keys do anything on this device. Whoever speaks to it, or often hits a key without wanting to, turns them
 * off (WCAG 2.1.4).
 */
export function keysOn(): boolean {
  try {
    return chosen ?? localStorage.getItem(offKey) === null;
  } catch {
    return true;
  }
}

export function turnKeys(on: boolean): void {
  chosen = on;
  try {
    if (on) localStorage.removeItem(offKey);
    else localStorage.setItem(offKey, 'off');
  } catch {
    // It holds until the page is read anew.
  }
}
