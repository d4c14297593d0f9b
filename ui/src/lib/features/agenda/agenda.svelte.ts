/**
 * The list of appointments: a tab, a filter, and the pages read so far. All of them are read again when something
 * changed, so that a list never shows two moments at once.
 */
import {
  host,
  troubleOf,
  type AgendaQuery,
  type Refusal,
  type Reply,
  type Tab,
  type Ticket,
  type Trouble,
} from '$lib/host';
import { sameOrNew } from '$lib/host/same';

export class Agenda {
  tab = $state<Tab>('upcoming');
  text = $state('');
  from = $state('');
  to = $state('');
  tickets = $state.raw<Ticket[]>([]);
  /** Whether there is an answer to what is asked now. */
  answered = $state(false);
  more = $state(false);
  /** Whether something is on its way that is not there yet; what is only read again is no wait. */
  busy = $state(false);
  refusal = $state.raw<Refusal>();
  trouble = $state.raw<Trouble>();
  /** Why no more came when they were asked for. */
  stuck = $state.raw<Trouble>();
  filtered = $derived(this.text.trim() !== '' || this.from !== '' || this.to !== '');
  /** How many pages are asked for. */
  #pages = 1;
  /** How many came the last time. */
  #came = 1;
  #turn = 0;
  #asked = '';
  /** Whose list it is, and which: without the filter. */
  #of = '';
  #known = false;

  /** A list whose first page may be known already: then it is shown at once, and not asked for. */
  constructor(business?: string, known?: Reply) {
    if (!business || !known) return;
    this.#asked = JSON.stringify([business, this.query]);
    this.#of = JSON.stringify([business, this.tab]);
    this.#known = true;
    if (known.is === 'refused') this.#refuse(known.refusal);
    else if (known.screen.view === 'agenda') this.#show(known.screen.tickets, known.screen.next);
  }

  /** What is asked now, without the place in the list. */
  get query(): AgendaQuery {
    return {
      tab: this.tab,
      text: this.text.trim(),
      ...(this.from ? { from: this.from } : {}),
      ...(this.to ? { to: this.to } : {}),
    };
  }

  clear(): void {
    this.text = '';
    this.from = '';
    this.to = '';
  }

  /** Reads the list: from its beginning when another question is asked, else as far as it was read. */
  async read(business: string): Promise<void> {
    const asked = JSON.stringify([business, this.query]);
    const known = this.#known;
    this.#known = false;
    if (known && asked === this.#asked) return;
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.#pages = this.#came = 1;
      this.answered = false;
      this.busy = true;
      this.trouble = undefined;
      this.stuck = undefined;
      // The tickets of another tab under this one's name would be a lie; those of a filter being typed are not.
      const of = JSON.stringify([business, this.tab]);
      if (of !== this.#of) this.#clear();
      this.#of = of;
    }
    const turn = ++this.#turn;
    const query = this.query;
    try {
      const tickets: Ticket[] = [];
      let after: string | null = null;
      for (let page = 0; page < this.#pages; page++) {
        const reply = await host().view(business, { view: 'agenda', ...query, ...(after ? { after } : {}) });
        if (turn !== this.#turn) return;
        if (reply.is === 'refused') return this.#refuse(reply.refusal);
        if (reply.screen.view !== 'agenda') break;
        // Between two pages an appointment may have moved from one to the other.
        const isThere = ({ booking }: Ticket) => tickets.some((one) => one.booking === booking);
        tickets.push(...reply.screen.tickets.filter((ticket) => !isThere(ticket)));
        after = reply.screen.next;
        if (!after) break;
      }
      this.#show(tickets, after);
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.trouble = troubleOf(thrown);
      if (this.#pages > this.#came) this.stuck = this.trouble;
      this.#pages = this.#came;
      // Nor are they an answer to a filter that nobody could ask about.
      if (!this.answered) this.#clear();
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  async readMore(business: string): Promise<void> {
    this.#pages++;
    this.busy = true;
    this.stuck = undefined;
    await this.read(business);
  }

  #clear(): void {
    this.tickets = [];
    this.more = false;
  }

  #show(tickets: Ticket[], next: string | null): void {
    this.refusal = undefined;
    this.trouble = undefined;
    this.stuck = undefined;
    this.#came = this.#pages;
    this.tickets = sameOrNew(this.tickets, tickets);
    this.more = next !== null;
    this.answered = true;
  }

  #refuse(refusal: Refusal): void {
    this.refusal = refusal;
    this.tickets = [];
    this.answered = true;
  }
}
