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
  // The shell is asked to listen once; whoever wants to hear is told from here.
  const listeners = new Set<(event: Event) => void>();
  void listen<Event>('datebook', ({ payload }) => {
    listeners.forEach((listener) => listener(payload));
  });
  return {
    kind: 'app',
    opening: () => call('opening'),
    businesses: () => call('businesses'),
    current: () => call('current'),
    select: (business) => call('select', { business }),
    connect: (address) => call('connect', { address }),
    disconnect: (business, loseWaiting) => call('disconnect', { business, loseWaiting }),
    view: (business, view) => call('view', { business, view }),
    execute: (business, command) => call('execute', { business, command }),
    checkInCode: (business, booking) => call('check_in_code', { business, booking }),
    outbox: (business) => call('outbox', { business }),
    withdraw: (business, id) => call('withdraw', { business, id }),
    notices: (business) => call('notices', { business }),
    dismiss: (business, id) => call('dismiss', { business, id }),
    requestLink: (business, email) => call('request_link', { business, email }),
    signInWithDigits: (business, digits) => call('sign_in_with_digits', { business, digits }),
    signInWithCode: (business, attempt, code) => call('sign_in_with_code', { business, attempt, code }),
    signInWithPassword: (business, email, password) => call('sign_in_with_password', { business, email, password }),
    setPassword: (business, current, fresh) => call('set_password', { business, current, new: fresh }),
    signOut: (business, loseWaiting) => call('sign_out', { business, loseWaiting }),
    syncNow: (business) => call('sync_now', { business }),
    ownCalendar: () => call('own_calendar'),
    keepInCalendar: (on) => call('keep_in_calendar', { on }),
    lookAtCalendar: () => call('look_at_calendar'),
    movedEvents: (business) => call('moved_events', { business }),
    putEventBack: (business, booking) => call('put_event_back', { business, booking }),
    clashes: (from, to, moving) => call('clashes', { from, to, moving }),
    calendarFile: () => null,
    addToCalendar: (business, booking) => call('add_to_calendar', { business, booking }),
    reminders: () => call('reminders'),
    setReminders: (settings) => call('set_reminders', { settings }),
    reminding: () => call('reminding'),
    atLogin: () => call('at_login'),
    setAtLogin: (on) => call('set_at_login', { on }),
    updateReady: () => call('update_ready'),
    updateNow: () => call('update_now'),
    addToWallet: (business, wallet, of) => call('add_to_wallet', { business, wallet, of }),
    drawn: () => call('drawn'),
    pendingLink: () => call('pending_link'),
    zones: async () => null,
    events: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
