/** The screens inside the app: every method is a command of the shell, every event comes on one channel. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { HostTrouble, troubleOf, type Host } from './host';
import type { Event } from './types/Event';

async function call<T>(command: string, facts?: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, facts);
  } catch (thrown) {
    throw new HostTrouble(troubleOf(thrown));
  }
}

export function tauriHost(): Host {
  return {
    kind: 'app',
    businesses: () => call('businesses'),
    select: (business) => call('select', { business }),
    connect: (address) => call('connect', { address }),
    disconnect: (business) => call('disconnect', { business }),
    view: (business, view) => call('view', { business, view }),
    execute: (business, command) => call('execute', { business, command }),
    outbox: (business) => call('outbox', { business }),
    withdraw: (business, command) => call('withdraw', { business, command }),
    notices: (business) => call('notices', { business }),
    dismiss: (business, command) => call('dismiss', { business, command }),
    requestLink: (business, email) => call('request_link', { business, email }),
    signInWithDigits: (business, digits) => call('sign_in_with_digits', { business, digits }),
    signInWithCode: (server, attempt, code) => call('sign_in_with_code', { server, attempt, code }),
    signInWithPassword: (business, email, password) => call('sign_in_with_password', { business, email, password }),
    setPassword: (business, current, password) => call('set_password', { business, current, password }),
    signOut: (business, anyway) => call('sign_out', { business, anyway }),
    syncNow: (business) => call('sync_now', { business }),
    pendingLink: () => call('pending_link'),
    events: (listener) => listen<Event>('datebook', ({ payload }) => listener(payload)),
  };
}
