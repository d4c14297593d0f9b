/**
 * The businesses on this device and which one is open. One for the whole app.
 */
import { host, troubleOf, type BusinessCard, type Opening, type Reply, type Trouble } from '$lib/host';
import { wear } from '$lib/brand/guard';
import { isUnknown } from '$lib/features/sign-in/unknown';

/** Milliseconds for which the agenda of a start is what there is: it is shown at once, or not at all. */
const fresh = 5000;

class Businesses {
  cards = $state.raw<BusinessCard[]>([]);
  /** Whether the list has been read, so that an empty one means "none". */
  read = $state(false);
  trouble = $state.raw<Trouble>();
  #open = $state<string>();
  #begun: Promise<Opening> | undefined;
  /** There as long as nothing has happened since the start was asked for. */
  #unhear: (() => void) | undefined;
  #agenda: { business: string | undefined; reply: Reply; until: number } | undefined;
  #turn = 0;
  /** Done when the newest answer is there. */
  #newest: Promise<void> | undefined;

  /** The business that is open. */
  current = $derived.by(() => this.cards.find((card) => card.id === this.#open) ?? this.cards[0]);
  /** Where the book opens. */
  opensAt = $derived.by(() => {
    if (!this.current) return '/welcome';
    return this.current.customer || isUnknown(this.current) ? '/agenda' : '/sign-in';
  });

  /** Asks for what a start shows, while the rest of the script is still being read. `again` waits for the answer. */
  begin(): void {
    this.#begun = host().opening();
    // Whoever waits for it hears what went wrong.
    this.#begun.catch(() => undefined);
    // Whatever happens from now on, nobody else may be listening yet.
    this.#unhear = host().events(() => this.#outdate());
  }

  /** What is to come at a business, as the start found it; handed out once. */
  takeAgenda(business: string): Reply | undefined {
    const found = this.#agenda;
    this.#outdate();
    return found?.business === business && performance.now() < found.until ? found.reply : undefined;
  }

  /** Reads the list and follows what happens; the answer ends it. */
  follow(): () => void {
    const stop = host().events((event) => {
      if (event.event === 'card' || event.event === 'verdict') void this.again();
    });
    if (!this.read) void this.again();
    return stop;
  }

  /** Asks anew; done when the newest answer is there, also where that was asked for meanwhile. */
  again(): Promise<void> {
    return (this.#newest = this.#receive(++this.#turn));
  }

  /** **Invariant:** an answer never takes the place of a newer one. */
  async #receive(turn: number): Promise<void> {
    try {
      const begun = this.#begun;
      this.#begun = undefined;
      const { businesses: cards, current, agenda } = await (begun ?? this.#ask());
      if (turn !== this.#turn) return this.#newest;
      this.cards = cards;
      this.#open = current ?? undefined;
      if (agenda && this.#unhear)
        this.#agenda = { business: this.current?.id, reply: agenda, until: performance.now() + fresh };
      this.trouble = undefined;
    } catch (thrown) {
      if (turn !== this.#turn) return this.#newest;
      this.trouble = troubleOf(thrown);
    }
    this.read = true;
    wear(this.current?.colour);
  }

  /** What the start found is no more what there is. */
  #outdate(): void {
    this.#agenda = undefined;
    this.#unhear?.();
    this.#unhear = undefined;
  }

  async #ask(): Promise<Opening> {
    const [businesses, current] = await Promise.all([host().businesses(), host().current()]);
    return { businesses, current, agenda: null };
  }

  async open(id: string): Promise<void> {
    await host().select(id);
    this.#open = id;
    wear(this.current?.colour);
    // What is on its way may still have the former one.
    void this.again();
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
