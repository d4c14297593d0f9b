/**
 * One attempt to book, until it has an answer.
 *
 * **Invariant:** the booking's id is made once for each thing asked for. When an answer is lost on the way and the
 * customer presses again, the server sees the same id and books once.
 */
import { onDestroy } from 'svelte';

import { toasts } from '$lib/components';
import { host, newId, troubleOf, type Book, type Receipt, type Refusal, type Trouble } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { now } from '$lib/time';
import { sayRefusalAlone, sayTrouble } from '$lib/words';

export class Submission {
  sending = $state(false);
  refusal = $state.raw<Refusal>();
  trouble = $state.raw<Trouble>();
  /** Whether the screen it was made for is gone: then nobody is led anywhere. */
  left = false;
  readonly #isShown: () => boolean;
  #id = newId();
  #asked = '';

  /** Must be made while a component is set up. `isShown` says whether that shows why nothing was booked. */
  constructor(isShown: () => boolean = () => true) {
    this.#isShown = isShown;
    onDestroy(() => (this.left = true));
  }

  /** Gives the command; answers with the booking's id when it was taken, or kept to be sent. */
  async send(business: string, ask: (booking: string) => Book | undefined): Promise<string | undefined> {
    const what = JSON.stringify(ask(''));
    if (what !== this.#asked) {
      this.#asked = what;
      this.#id = newId();
    }
    const id = this.#id;
    const book = ask(id);
    if (!book || this.sending) return undefined;
    this.sending = true;
    this.refusal = undefined;
    this.trouble = undefined;
    try {
      const receipt = await host().execute(business, { type: 'book@1', ...book });
      return this.#settle(receipt, id);
    } catch (thrown) {
      this.trouble = troubleOf(thrown);
      return undefined;
    } finally {
      this.sending = false;
      this.#tell();
    }
  }

  /** Puts a refusal away. */
  clear(): void {
    this.refusal = undefined;
    this.trouble = undefined;
  }

  /** Says what became of it to whoever went on meanwhile. */
  #tell(): void {
    const why = sayWhyNot(this.refusal, this.trouble);
    if (!why) {
      if (this.left) toasts.say(m.book_left_made());
    } else if (this.left || !this.#isShown()) toasts.say(why, { bad: true });
  }

  #settle(receipt: Receipt, id: string): string | undefined {
    if (receipt.is !== 'refused') return id;
    // The answer to an earlier try was lost: the booking is there.
    if (receipt.refusal.code === 'already_exists') return id;
    this.refusal = receipt.refusal;
    this.#asked = '';
    return undefined;
  }
}

/** Why nothing was booked, or that nobody knows; nothing where it was. */
function sayWhyNot(refusal: Refusal | undefined, trouble: Trouble | undefined): string {
  if (refusal) return m.book_left_refused({ why: sayRefusalAlone(refusal, now()) });
  if (!trouble) return '';
  switch (trouble.code) {
    case 'no_answer':
      return m.book_left_no_answer();
    case 'booked_before':
    case 'not_signed_in':
      // An earlier try came through, or may have.
      return sayTrouble(trouble);
    default:
      return m.book_left_refused({ why: sayTrouble(trouble) });
  }
}
