/**
 * What the customer's own calendar says: events that were moved there (Z06), and what is in the way of a time (Z07).
 * In a browser there is none, and nothing of this shows.
 */
import { toasts } from '$lib/components';
import { host, troubleOf, type Civil, type Clash, type MovedEvent, type OwnCalendarCard } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { sayTrouble } from '$lib/words';

/** The events of a business that were moved by hand and are asked about. Must be made while a component is set up. */
export class MovedEvents {
  all = $state.raw<MovedEvent[]>([]);

  constructor(business: () => string | undefined) {
    $effect(() => {
      const id = business();
      this.all = [];
      if (!id) return;
      void this.#read(id);
      return heard(id, () => void this.#read(id));
    });
  }

  async #read(business: string): Promise<void> {
    try {
      this.all = await host().movedEvents(business);
    } catch {
      // A question that cannot be read is asked another time.
    }
  }
}

/** How things stand with the calendar. Must be made while a component is set up. */
export class CalendarCard {
  card = $state.raw<OwnCalendarCard>();
  busy = $state(false);

  constructor(business: () => string) {
    $effect(() => {
      void this.read();
      return heard(business(), () => void this.read());
    });
  }

  async read(): Promise<void> {
    try {
      this.card = await host().ownCalendar();
    } catch {
      // Without a word about it, nothing is offered.
    }
  }

  async keep(on: boolean): Promise<void> {
    this.busy = true;
    try {
      this.card = await host().keepInCalendar(on);
    } catch (thrown) {
      toasts.say(sayTrouble(troubleOf(thrown)), { bad: true });
    } finally {
      this.busy = false;
    }
  }
}

/** The appointment stays: its event goes back to where it was. */
export async function putBack(moved: MovedEvent): Promise<void> {
  try {
    await host().putEventBack(moved.business, moved.booking);
    toasts.say(m.own_calendar_put_back());
  } catch (thrown) {
    toasts.say(sayTrouble(troubleOf(thrown)), { bad: true });
  }
}

/** What is in the way, in one sentence; empty when nothing is. */
export function sayClash([first, ...others]: Clash[], start: Civil): string {
  if (!first) return '';
  const title = first.title || m.own_calendar_untitled();
  const more = others.length > 0 ? ` ${m.own_calendar_clash_more({ count: others.length })}` : '';
  const today = first.from?.date === start.date && first.to?.date === start.date;
  if (first.from && first.to && today)
    return m.own_calendar_clash_at({ title, from: first.from.time, to: first.to.time }) + more;
  return m.own_calendar_clash({ title }) + more;
}

/** Listens to what happens to a business and its calendar; the answer ends that. */
function heard(business: string, tell: () => void): () => void {
  const stop = host().events((event) => {
    if ((event.event === 'calendar' || event.event === 'changed') && event.business === business) tell();
  });
  // Whoever comes back to the window may have been in their calendar.
  const back = () =>
    void host()
      .lookAtCalendar()
      .catch(() => undefined);
  window.addEventListener('focus', back);
  return () => {
    stop();
    window.removeEventListener('focus', back);
  };
}
