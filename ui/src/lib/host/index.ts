/** The host of this run, and the types of what it says. */
import { browserHost } from './browser';
import type { Host } from './host';
import { tauriHost } from './tauri';

let chosen: Host | undefined;

/** The app's host inside the app, the browser's in a browser. */
export function host(): Host {
  chosen ??= '__TAURI_INTERNALS__' in window ? tauriHost() : browserHost();
  return chosen;
}

export { HostTrouble, troubleOf, type BusinessId, type Host, type Trouble } from './host';
export { newId, newSecret } from './id';
export { keysOn, turnKeys } from './shortcuts';
export type * from './types.ts';
