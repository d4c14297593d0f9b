/**
 * Commands from a browser, which keeps none for later: each has its verdict at once, or it is not known what became of it.
 *
 * **Invariant:** a command that got no verdict keeps its id: giving it again does nothing twice. **Invariant:** nothing
 * else is sent before its end is known: it is taken back, unless it has taken effect. So nothing takes effect late, and
 * whoever chose another time meanwhile does not have two appointments without having heard of it. All this holds for as
 * long as the page does: whoever loads it anew looks at their appointments.
 */
import { HostTrouble, troubleOf, type Trouble } from '../host';
import { newId } from '../id';
import type { Command } from '../types/Command';
import type { CommandId } from '../types/CommandId';
import type { Execute } from '../types/Execute';
import type { Receipt } from '../types/Receipt';
import type { Verdict } from '../types/Verdict';
import { Refused } from './wire';

export interface Commands {
  execute(command: Command): Promise<Receipt>;
  /** Forgets what got no verdict. */
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

/** `send` asks the server; `changed` is called when something took effect. */
export function commands(send: (execute: Execute) => Promise<Verdict>, changed: () => void): Commands {
  const sent = new Map<string, Sent>();

  /** Sends a command under the id of `one`, whose last word this is if there is an answer. */
  async function give(key: string, one: Sent, command: Command): Promise<Verdict> {
    const ended = () => sent.get(key) === one && sent.delete(key);
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
      const lost = sent.get(key);
      let verdict = lost && (await give(key, lost, command));
      // It had been taken back, and the answer to that was lost: it is given anew.
      if (!verdict || (verdict.verdict === 'accepted' && verdict.outcome.is === 'nothing')) {
        const one = { id: newId(), lost: false };
        sent.set(key, one);
        verdict = await give(key, one, command);
      }
      return verdict.verdict === 'refused'
        ? { is: 'refused', refusal: verdict.refusal }
        : { is: 'accepted', outcome: verdict.outcome };
    },
    forget: () => sent.clear(),
  };
}

/** The same words are the same wish. */
const keyOf = (command: Command) => JSON.stringify(command);
