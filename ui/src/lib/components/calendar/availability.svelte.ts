/**
 * The months and days of one question ("this service, there, with her"), asked of the host and kept while the picker is
 * open.
 *
 * **Invariant:** what is on the screen answers the last question asked. An answer that comes late is kept for its month
 * or day and never replaces another one's.
 */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';

import { sameOrNew } from '$lib/host/same';
import type { DayView, MonthQuery, MonthView, Refusal, Reply, View } from '$lib/host';

import { monthIsWithin, monthOf, shiftMonth, type IsoDate } from './month';

/** Asks the host. */
export type Ask = (view: View) => Promise<Reply>;

/** A day of the list: its times, in the order of time. */
export type ListedDay = DayView;

/** Days that the list shows at first, and adds when asked for more. */
const LISTED = 4;

export class Availability {
  /** The first of the month on the screen; nothing until the first answer. */
  month = $state<IsoDate>();
  /** The date whose times are on the screen. */
  date = $state<IsoDate>();
  /** Why there is nothing to show: the rules say no. */
  refusal = $state.raw<Refusal>();
  /** How many days the list shows. */
  listed = $state(LISTED);

  readonly #ask: Ask;
  readonly #query: MonthQuery;
  readonly #months = new SvelteMap<IsoDate, MonthView>();
  readonly #days = new SvelteMap<IsoDate, DayView>();
  /** What had no answer when it was last asked. */
  readonly #failures = new SvelteSet<string>();
  /** What is being asked now, so that nothing is asked twice at once. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- no screen shows it
  readonly #asking = new Map<string, Promise<void>>();
  /** Whether the list was opened; from then on it is kept up to date. */
  #listing = false;

  constructor(ask: Ask, query: MonthQuery) {
    this.#ask = ask;
    this.#query = query;
  }

  /** The month on the screen, once it is there. */
  get monthView(): MonthView | undefined {
    return this.month ? this.#months.get(this.month) : undefined;
  }

  /** The day on the screen, once it is there. */
  get dayView(): DayView | undefined {
    return this.date ? this.#days.get(this.date) : undefined;
  }

  /** Whether the month on the screen could not be read. */
  get monthFailed(): boolean {
    return !this.monthView && this.#failures.has(keyOfMonth(this.month));
  }

  /** Whether the day on the screen could not be read. */
  get dayFailed(): boolean {
    return this.date !== undefined && this.#hasFailed(this.date);
  }

  /** Whether a day that the list shows, or a month where it looks for further ones, could not be read. */
  get listFailed(): boolean {
    if (!this.frame) return this.#failures.has(keyOfMonth());
    return (
      this.#listedDates().some((date) => this.#hasFailed(date)) ||
      (this.#isListShort() && this.#failures.has(keyOfMonth(this.#nextMonthToList())))
    );
  }

  /** Any month that was answered: it knows today, the horizon and the zone. */
  get frame(): MonthView | undefined {
    return this.monthView ?? this.#months.values().next().value;
  }

  /** The state of a date, if its month is there. */
  state(date: IsoDate) {
    return this.#months.get(monthOf(date))?.days.find((day) => day.date === date)?.state;
  }

  /** The next days with free times, as far as they are there, the first first. */
  get list(): ListedDay[] {
    return this.#listedDates()
      .map((date) => this.#days.get(date))
      .filter((day) => day !== undefined);
  }

  /** Whether further days with free times are known, or may be in months not asked for yet. */
  get hasMore(): boolean {
    return this.#freeDates().length > this.listed || this.#hasMonthToList();
  }

  /** Shows the month of a date, or the first one with free times. */
  async open(date?: IsoDate): Promise<void> {
    if (date) this.month = monthOf(date);
    await this.#loadMonth(this.month);
    this.#prefetch();
    if (date && this.state(date)?.is === 'free') await this.openDay(date);
  }

  /** Turns to a month, and fetches its neighbours before they are asked for. */
  async turn(month: IsoDate): Promise<void> {
    this.month = monthOf(month);
    this.#failures.delete(keyOfMonth(this.month));
    await this.#loadMonth(this.month);
    this.#prefetch();
  }

  /** Shows the times of a date. */
  async openDay(date: IsoDate): Promise<void> {
    this.date = date;
    this.#failures.delete(keyOfDay(date));
    await this.#loadDay(date);
  }

  /** Fetches what the list shows. */
  async openList(more = 0): Promise<void> {
    this.#listing = true;
    this.listed += more;
    if (!this.frame) await this.#loadMonth(undefined);
    await this.#fillList();
  }

  /** Asks again for what is on the screen; until the answers come, what was known stays. */
  async refresh(): Promise<void> {
    const end = this.#listing ? this.#listedDates().at(-1) : undefined;
    const isShown = (month: IsoDate) => month === this.month || (end !== undefined && month <= monthOf(end));
    const dates = this.#shownDates();
    for (const month of [...this.#months.keys()]) if (!isShown(month)) this.#months.delete(month);
    for (const date of [...this.#days.keys()]) if (!dates.includes(date)) this.#days.delete(date);
    const others = [...this.#months.keys()].filter((month) => month !== this.month);
    await Promise.all([
      ...[this.month, ...others].map((month) => this.#loadMonth(month, true)),
      ...dates.map((date) => this.#loadDay(date, true)),
    ]);
    // A listed day may have filled up since: then later ones take its place.
    if (this.#listing) await this.#fillList();
  }

  /** Fetches the months and days that the list shows and that are not there yet. */
  async #fillList(): Promise<void> {
    while (this.#isListShort()) {
      if (this.refusal) return;
      const month = this.#nextMonthToList();
      await this.#loadMonth(month);
      if (!this.#months.has(month)) break;
    }
    await Promise.all(this.#shownDates().map((date) => this.#loadDay(date)));
  }

  /** The dates whose times the screen shows, also those that could not be read: that is why they are asked for again. */
  #shownDates(): IsoDate[] {
    const listed = this.#listing ? this.#listedDates() : [];
    return this.date && !listed.includes(this.date) ? [this.date, ...listed] : listed;
  }

  /** The dates that the list shows. */
  #listedDates(): IsoDate[] {
    return this.#freeDates().slice(0, this.listed);
  }

  /** The dates with free times in the months that follow today's without a gap. */
  #freeDates(): IsoDate[] {
    const end = this.#nextMonthToList();
    return [...this.#months.values()]
      .filter(({ month }) => month < end)
      .flatMap(({ days }) => days)
      .filter(({ state }) => state.is === 'free')
      .map(({ date }) => date)
      .sort();
  }

  /** The first month from today's on that is not there yet. */
  #nextMonthToList(): IsoDate {
    let month = monthOf(this.frame?.today ?? this.month ?? '1970-01-01');
    while (this.#months.has(month)) month = shiftMonth(month, 1);
    return month;
  }

  /** Whether a month in which days can be booked is not there yet. */
  #hasMonthToList(): boolean {
    const last = this.frame?.last;
    return last !== undefined && this.#nextMonthToList() <= monthOf(last);
  }

  /** Whether the list shows fewer days than it should, and there may be more. */
  #isListShort(): boolean {
    return this.#freeDates().length < this.listed && this.#hasMonthToList();
  }

  #hasFailed(date: IsoDate): boolean {
    return !this.#days.has(date) && this.#failures.has(keyOfDay(date));
  }

  /** The months beside the one on the screen: turning the page should not wait. */
  #prefetch(): void {
    const shown = this.monthView;
    if (!shown) return;
    for (const neighbour of [shiftMonth(shown.month, 1), shiftMonth(shown.month, -1)]) {
      if (monthIsWithin(neighbour, shown.today, shown.last)) void this.#loadMonth(neighbour);
    }
  }

  async #loadMonth(month: IsoDate | undefined, again = false): Promise<void> {
    if (!again && month && this.#months.has(month)) return;
    await this.#once(keyOfMonth(month), async () => {
      const view = await this.#screen({ view: 'month', ...this.#query, ...(month ? { month } : {}) }, 'month');
      if (!view) return;
      this.#months.set(view.month, sameOrNew(this.#months.get(view.month), view));
      this.month ??= view.month;
    });
  }

  async #loadDay(date: IsoDate, again = false): Promise<void> {
    if (!again && this.#days.has(date)) return;
    await this.#once(keyOfDay(date), async () => {
      const day = await this.#screen({ view: 'day', of: this.#query, date }, 'day');
      if (day) this.#days.set(day.date, sameOrNew(this.#days.get(day.date), day));
    });
  }

  async #once(what: string, load: () => Promise<void>): Promise<void> {
    const running = this.#asking.get(what) ?? this.#try(what, load).finally(() => this.#asking.delete(what));
    this.#asking.set(what, running);
    await running;
  }

  async #try(what: string, load: () => Promise<void>): Promise<void> {
    try {
      await load();
      this.#failures.delete(what);
    } catch {
      // The host says what is wrong with the connection elsewhere; here it only matters that there is no answer.
      this.#failures.add(what);
    }
  }

  async #screen<K extends 'month' | 'day'>(view: View & { view: K }, kind: K) {
    const reply = await this.#ask(view);
    if (reply.is === 'refused') {
      this.refusal = reply.refusal;
      return undefined;
    }
    this.refusal = undefined;
    return reply.screen.view === kind ? (reply.screen as Extract<typeof reply.screen, { view: K }>) : undefined;
  }
}

const keyOfMonth = (month?: IsoDate) => `month ${month ?? ''}`;
const keyOfDay = (date: IsoDate) => `day ${date}`;
