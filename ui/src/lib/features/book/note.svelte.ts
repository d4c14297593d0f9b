/**
 * Notes that are being written, kept while their customer goes away.
 *
 * **Invariant:** what was written to one business, or by one customer, is never shown to another. Only what somebody
 * wrote before signing in is theirs once they are.
 */
import type { BusinessCard } from '$lib/host';

type For = Pick<BusinessCard, 'id' | 'customer'>;

export class Notes {
  #notes = $state<Record<string, string>>({});
  #restored = false;

  of({ id, customer }: For): string {
    return this.#notes[key(id, customer)] ?? '';
  }

  write({ id, customer }: For, note: string): void {
    this.#restored = true;
    this.#notes[key(id, customer)] = note;
  }

  /** Gives whoever is signed in what was written before anybody was. */
  claim({ id, customer }: For): void {
    const written = this.#notes[key(id, null)];
    if (!customer || written === undefined) return;
    delete this.#notes[key(id, null)];
    this.#notes[key(id, customer)] = written;
  }

  /** All of them, for a page that is read anew. */
  capture(): Record<string, string> {
    return $state.snapshot(this.#notes);
  }

  /**
   * Takes back what was captured, once, when the page is read anew. Going back within the page, where everything is still
   * here, brings nothing back that has gone to somebody since.
   */
  restore(notes: Record<string, string>): void {
    if (!this.#restored) this.#notes = { ...notes, ...this.#notes };
    this.#restored = true;
  }
}

const key = (business: string, customer: string | null) => `${business} ${customer ?? ''}`;

export const notes = new Notes();
