/**
 * The appointments of today, as the code at the door shows them; around midnight also those that have begun or are near,
 * as the counter has them.
 */
import { HostTrouble, host, troubleOf, type BookingView, type Civil, type Refusal, type Trouble } from '$lib/host';
import { sameOrNew } from '$lib/host/same';
import { now, todayAt } from '$lib/time';

/** Before midnight a visit after it is expected from at most so many milliseconds before its start on. */
const NIGHT = 180 * 60_000;

function isExpected(start: Civil, now: Date): boolean {
  return start.date === todayAt(start, now) || Date.parse(start.at) <= now.getTime() + NIGHT;
}

export class Today {
  /** What is known of today; nothing before the first answer. */
  bookings = $state.raw<BookingView[]>();
  refusal = $state.raw<Refusal>();
  trouble = $state.raw<Trouble>();
  /** Whether a question is on its way. */
  asking = $state(false);
  #turn = 0;

  /** Reads them; without an answer, what is shown stays. */
  async read(business: string): Promise<void> {
    const turn = ++this.#turn;
    this.asking = true;
    try {
      const list = await host().view(business, { view: 'agenda', tab: 'upcoming', text: '' });
      if (list.is === 'refused') {
        if (turn !== this.#turn) return;
        this.bookings = undefined;
        this.refusal = list.refusal;
        this.trouble = undefined;
        return;
      }
      if (list.screen.view !== 'agenda') throw new HostTrouble({ code: 'server' });
      const tickets = list.screen.tickets.filter(({ start }) => isExpected(start, now()));
      const answers = await Promise.all(tickets.map(({ booking }) => this.#booking(business, booking)));
      if (turn !== this.#turn) return;
      const found = answers.filter((one) => one !== undefined);
      this.bookings = sameOrNew(this.bookings, found);
      this.refusal = undefined;
      this.trouble = undefined;
    } catch (thrown) {
      if (turn === this.#turn) this.trouble = troubleOf(thrown);
    } finally {
      if (turn === this.#turn) this.asking = false;
    }
  }

  /** One of the list, or nothing where it is gone since. */
  async #booking(business: string, booking: string): Promise<BookingView | undefined> {
    const reply = await host().view(business, { view: 'booking', booking });
    return reply.is === 'screen' && reply.screen.view === 'booking' ? reply.screen : undefined;
  }
}
