/**
 * The keyboard's short ways. A key counts only when nobody is writing, no dialog is open and the keys are not turned off.
 */
import { keysOn } from '$lib/host';

export type Key = 'new' | 'next' | 'previous' | 'reschedule' | 'search' | 'help';

const keys: Record<string, Key> = {
  n: 'new',
  j: 'next',
  k: 'previous',
  r: 'reschedule',
  '/': 'search',
  '?': 'help',
};

/** What a key press asks for, if anything. */
export function keyOf(event: KeyboardEvent): Key | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  const at = event.target instanceof Element ? event.target : undefined;
  if (at?.closest('input, textarea, select, [contenteditable="true"], [role="grid"], [role="dialog"]'))
    return undefined;
  if (document.querySelector('[role="dialog"]')) return undefined;
  return keysOn() ? keys[event.key] : undefined;
}

/** Moves the focus to the ticket after or before the one that has it, or that is open. */
export function step(by: 1 | -1): void {
  const tickets = [...document.querySelectorAll<HTMLAnchorElement>('a[data-ticket]')];
  if (tickets.length === 0) return;
  const focused = tickets.indexOf(document.activeElement as HTMLAnchorElement);
  const at = focused >= 0 ? focused : tickets.findIndex((ticket) => ticket.ariaCurrent === 'true');
  const next = at < 0 ? 0 : Math.min(tickets.length - 1, Math.max(0, at + by));
  tickets[next]?.focus();
  tickets[next]?.scrollIntoView({ block: 'nearest' });
}
