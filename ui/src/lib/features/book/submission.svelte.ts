/**
 * One attempt to book, until it has an answer.
 *
 * **Invariant:** the booking's id is made once for each thing asked for. When an answer is lost on the way and the
 * customer presses again, the server sees the same id and books once.
 */
import { host, newId, troubleOf, type Book, type Receipt, type Refusal, type Trouble } from '$lib/host';

export class Submission {
  sending = $state(false);
  refusal = $state.raw<Refusal>();
  trouble = $state.raw<Trouble>();
  #id = newId();
  #asked = '';

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
    }
  }

  /** Puts a refusal away. */
  clear(): void {
    this.refusal = undefined;
    this.trouble = undefined;
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
