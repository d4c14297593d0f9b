/**
 * The businesses on this device and which one is open. One for the whole app.
 */
import { host, troubleOf, type BusinessCard, type Trouble } from '$lib/host';
import { wear } from '$lib/brand/guard';

class Businesses {
  cards = $state.raw<BusinessCard[]>([]);
  /** Whether the list has been read, so that an empty one means "none". */
  read = $state(false);
  trouble = $state.raw<Trouble>();
  #open = $state<string>();

  /** The business that is open. */
  current = $derived.by(() => this.cards.find((card) => card.id === this.#open) ?? this.cards[0]);
  /** Whether somebody is signed in there. */
  signedIn = $derived(this.current?.customer != null);

  /** Reads the list and follows what happens; the answer ends it. */
  follow(): () => void {
    const stop = host().events((event) => {
      if (event.event === 'card' || event.event === 'verdict') void this.again();
    });
    if (!this.read) void this.again();
    return stop;
  }

  async again(): Promise<void> {
    try {
      const [cards, selected] = await Promise.all([host().businesses(), host().current()]);
      this.cards = cards;
      this.#open = selected ?? undefined;
      this.trouble = undefined;
    } catch (thrown) {
      this.trouble = troubleOf(thrown);
    }
    this.read = true;
    wear(this.current?.colour);
  }

  async open(id: string): Promise<void> {
    await host().select(id);
    this.#open = id;
    wear(this.current?.colour);
  }

  /** Gets to know a business and opens it. */
  async connect(address: string): Promise<BusinessCard> {
    const card = await host().connect(address);
    await this.again();
    await this.open(card.id);
    return card;
  }

  /** Forgets a business; fails with `still_waiting` unless what waits may be lost. */
  async disconnect(id: string, loseWaiting: boolean): Promise<void> {
    await host().disconnect(id, loseWaiting);
    await this.again();
  }
}

export const businesses = new Businesses();
