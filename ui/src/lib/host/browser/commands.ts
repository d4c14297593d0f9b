/**
 * Commands from a browser, which keeps none for later: each has its verdict at once, or it is not known what became of it.
 *
 * **Invariant:** a command that got no verdict keeps its id: giving it again does nothing twice. **Invariant:** nothing
 * else is sent before its end is known: it is taken back, unless it has taken effect. So nothing takes effect late, and
 * whoever chose another time meanwhile does not have two appointments without having heard of it. All this holds for as
 * long as the tab does, also when its page is loaded anew. **Invariant:** a command is only ever asked about as whoever
 * gave it.
 */
import { HostTrouble, troubleOf, type Trouble } from '../host';
import { newId } from '../id';
import type { Command } from '../types/Command';
import type { CommandId } from '../types/CommandId';
import type { CustomerId } from '../types/CustomerId';
import type { Execute } from '../types/Execute';
import type { Receipt } from '../types/Receipt';
import type { Verdict } from '../types/Verdict';
import { forgetLost, isAnyLost, keepLost, lostOf } from './lost';
import { Refused } from './wire';

export interface Commands {
  execute(command: Command): Promise<Receipt>;
  /** Who gives them from now on. What got no verdict is known again if it was theirs, and forgotten if it was not. */
  belongTo(customer: CustomerId): void;
  /** Whether there is something of which nobody knows what became of it. */
  isOpen(): boolean;
  /** Forgets what got no verdict: whoever gave it has left. */
  forget(): void;
}

/** A command on its way, or lost there. */
interface Sent {
  readonly id: CommandId;
  /** It may have arrived. */
  lost: boolean;
}

/** Troubles that say that a command was looked at and not run. */
const turnedAway: Trouble['code'][] = ['not_signed_in', 'wrong_credentials', 'not_acceptable', 'too_many_attempts'];

/** How often a command is given anew that was taken back. */
const TRIES = 3;

/** `send` asks the server; `changed` is called when something took effect. */
export function commands(send: (execute: Execute) => Promise<Verdict>, changed: () => void): Commands {
  const sent = new Map<string, Sent>();
  /** Whose they are: somebody whose session ended still wants to know what became of them. */
  let giver: CustomerId | null = null;

  /** From before it is sent: a page may be left before there is an answer. */
  function remember(): void {
    const ids = [...sent.values()].map(({ id }) => id);
    if (giver !== null) keepLost(giver, ids);
  }

  /** Sends a command under the id of `one`, whose last word this is if there is an answer. */
  async function give(key: string, one: Sent, command: Command): Promise<Verdict> {
    const ended = () => {
      if (sent.get(key) !== one) return;
      sent.delete(key);
      remember();
    };
    const cutOff = !navigator.onLine;
    try {
      const verdict = await send({ id: one.id, command });
      ended();
      if (verdict.verdict === 'accepted' && verdict.outcome.is !== 'nothing') changed();
      return verdict;
    } catch (thrown) {
      if (thrown instanceof Refused) {
        ended();
        return { verdict: 'refused', refusal: thrown.refusal };
      }
      const trouble = troubleOf(thrown);
      const notRun = turnedAway.includes(trouble.code);
      const notSent = trouble.code === 'offline' && cutOff && !navigator.onLine;
      one.lost ||= !notRun && !notSent;
      if (!one.lost) ended();
      // Whether an earlier try came through, only the business knows; a session that is over is to be heard of all the same.
      throw new HostTrouble(one.lost && trouble.code !== 'not_signed_in' ? { code: 'no_answer' } : trouble);
    }
  }

  /** Has the end of everything that was lost, before `next` is sent. */
  async function settle(next: Command): Promise<void> {
    for (const [key, one] of sent) {
      if (!one.lost || key === keyOf(next)) continue;
      const verdict = await give(key, one, { type: 'withdrawn@1' });
      if (next.type === 'book@1' && verdict.verdict === 'accepted' && verdict.outcome.is === 'booked')
        throw new HostTrouble({ code: 'booked_before', facts: { booking: verdict.outcome.booking } });
    }
  }

  return {
    async execute(command) {
      await settle(command);
      const key = keyOf(command);
      for (let tries = 0; tries < TRIES; tries++) {
        const one = sent.get(key) ?? { id: newId(), lost: false };
        sent.set(key, one);
        remember();
        const verdict = await give(key, one, command);
        if (verdict.verdict === 'refused') return { is: 'refused', refusal: verdict.refusal };
        if (verdict.outcome.is !== 'nothing') return { is: 'accepted', outcome: verdict.outcome };
        // It was taken back, and the answer to that was lost; or a copy of this tab did so. It is given anew.
      }
      throw new HostTrouble({ code: 'server' });
    },
    belongTo(customer) {
      if (customer === giver) return;
      giver = customer;
      sent.clear();
      // Their words are gone: no command is the same as one of them.
      for (const id of lostOf(customer)) sent.set(id, { id, lost: true });
    },
    isOpen: () => [...sent.values()].some(({ lost }) => lost) || (giver === null && isAnyLost()),
    forget() {
      giver = null;
      sent.clear();
      forgetLost();
    },
  };
}

/** The same words are the same wish. */
const keyOf = (command: Command) => JSON.stringify(command);
