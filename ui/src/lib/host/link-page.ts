/**
 * What only a page of the server does: it opens a mailed link, in whatever browser the mail was read.
 */
import { HostTrouble } from './host';
import { kept } from './browser/attempt';
import { ask, Refused } from './browser/wire';
import type { LinkOpened } from './types/LinkOpened';

/** The button on the link's page. */
export async function openLink(token: string): Promise<LinkOpened> {
  try {
    return await ask<LinkOpened>('POST', 'sign-in/open', { token });
  } catch (thrown) {
    if (thrown instanceof Refused) throw new HostTrouble({ code: 'wrong_credentials' });
    throw thrown;
  }
}

/** The path that the sign-in was asked for from, as long as it is not finished. */
export function cameFrom(): string {
  return kept()?.next ?? '';
}

/** Where the app takes over. */
export function handOver(server: string, opened: LinkOpened): string {
  const facts = new URLSearchParams({ server, attempt: opened.attempt, code: opened.code });
  return `datebook://sign-in?${facts}`;
}
