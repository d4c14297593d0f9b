/**
 * What lies on the desk between this device and the business: commands that wait, and refusals not put away.
 */
import {
  host,
  newId,
  troubleOf,
  type Alternative,
  type BusinessCard,
  type Command,
  type Notice,
  type Receipt,
  type Waiting,
} from '$lib/host';
import { toasts } from '$lib/components';
import { m } from '$lib/paraglide/messages';
import { sayDone, sayRefusalAlone, sayTrouble } from '$lib/words';
import { now } from '$lib/time';

/** The same wish at another time; nothing for wishes that have no time. */
export function again(command: Command, alternative: Alternative, id: () => string = newId): Command | undefined {
  if (command.type === 'book@1') {
    // Whoever asked for a person gets the one of this time, whom its button names; whoever left it open still does.
    const { staff, ...rest } = command;
    return { ...rest, ...(staff ? { staff: alternative.staff } : {}), booking: id(), start: alternative.start.at };
  }
  if (command.type === 'reschedule@1') return { ...command, start: alternative.start.at };
  return undefined;
}

/** The id of the booking made in the place of a refused one, by the notice's id: also for a list that is opened anew. */
const bookings: Record<string, string> = {};

/** **Invariant:** one refused booking becomes one other at most, however often its times are pressed in this list. */
export class Desk {
  waiting = $state.raw<Waiting[]>([]);
  notices = $state.raw<Notice[]>([]);
  /** Whether an offered time is being taken. */
  taking = $state(false);

  async read(business: string): Promise<void> {
    try {
      [this.waiting, this.notices] = await Promise.all([host().outbox(business), host().notices(business)]);
    } catch {
      // The list below says what is wrong; what is known stays on the desk.
    }
  }

  async withdraw(business: string, one: Waiting): Promise<void> {
    await this.#do(async () => {
      await host().withdraw(business, one.id);
      const undo = async () => {
        const receipt = await host().execute(business, one.command);
        if (receipt.is === 'refused') toasts.say(sayRefusalAlone(receipt.refusal, now()), { bad: true });
      };
      toasts.say(one.sent ? m.withdrawn_sent() : m.withdrawn(), { undo: () => void this.#do(undo) });
    });
    await this.read(business);
  }

  async dismiss(business: string, notice: Notice): Promise<void> {
    await this.#do(() => host().dismiss(business, notice.id));
    await this.read(business);
  }

  /** Takes one of the offered times. */
  async take(card: BusinessCard, notice: Notice, alternative: Alternative): Promise<void> {
    const command = again(notice.command, alternative, () => (bookings[notice.id] ??= newId()));
    if (!command || this.taking) return;
    this.taking = true;
    await this.#do(async () => {
      const receipt: Receipt = await host().execute(card.id, command);
      if (receipt.is === 'refused') {
        // It was given before: only the notice has to be put away still.
        const given = receipt.refusal.code === 'already_exists';
        toasts.say(sayRefusalAlone(receipt.refusal, now()), { bad: !given });
        if (!given) return;
      } else toasts.say(sayDone(card, receipt, m.notice_again(), m.notice_again_waiting()));
      await host().dismiss(card.id, notice.id);
    });
    await this.read(card.id);
    this.taking = false;
  }

  async #do(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (thrown) {
      toasts.say(sayTrouble(troubleOf(thrown)), { bad: true });
    }
  }
}
