/**
 * The counter: who is expected, who has come, and what the server makes of it.
 *
 * **Invariant:** a check-in is on this machine's disk before the screen says that it was made. **Invariant:** it keeps
 * its id until the server has answered for it, so that it takes effect once, however often it is sent. **Invariant:** a
 * counter that was taken back shows nobody and drops everybody, except the check-ins that wait: the next counter that is
 * opened on this machine sends them.
 */
import { troubleOf, type Trouble } from '$lib/host';
import {
  NotFound,
  fetchDay,
  forgetCustomers,
  forgetOld,
  install,
  isOver,
  keepCheckIn,
  keepDay,
  keptCheckIns,
  keptDay,
  nameless,
  openCounter,
  settle,
  type Kept,
} from '$lib/host/counter';
import type { CounterDay } from '$lib/host/types/CounterDay';
import type { Expected } from '$lib/host/types/Expected';
import type { HowFound } from '$lib/host/types/HowFound';
import { bookingOf, check, reference, type Why } from './code';
import { answered, isToday, stamp, taken, withKept } from './kept';

/** Most check-ins in one request. */
const MOST = 100;
/** How often the day is fetched while there is a network, in milliseconds. */
const EVERY = 30_000;

/** What the big line says. */
export type Said =
  | { is: 'welcome'; booking: Expected }
  | { is: 'refused'; why: Why; booking?: Expected }
  | { is: 'unknown'; typed: string }
  /** The disk refused: nobody was checked in. */
  | { is: 'not_kept'; booking: Expected };

/** What keeps the day from coming, or check-ins from being sent; `no_place` when the business has no such place now. */
export type CounterTrouble = Trouble | { code: 'no_place' };

const counterTroubleOf = (thrown: unknown): CounterTrouble =>
  thrown instanceof NotFound ? { code: 'no_place' } : troubleOf(thrown);

/** Whether the same code would never be answered otherwise. */
function isUsedUp(said: Said | undefined): boolean {
  if (said?.is === 'refused') return said.why.why === 'already' || said.why.why === 'replayed';
  return said?.is === 'welcome';
}

export class Counter {
  day = $state.raw<CounterDay>();
  kept = $state.raw<Kept[]>([]);
  said = $state.raw<Said>();
  /** Of this counter's link, before the button was pressed. */
  invitation = $state('');
  /**
   * `unread` is a disk that refuses: without the check-ins on it, no code can be told from a replay. `unfetched` has no
   * day yet, and no word of the server that this is no counter, which is `closed`.
   */
  phase = $state<'loading' | 'unread' | 'unfetched' | 'closed' | 'open'>('loading');
  /** Of the latest round. The counter goes on with what it has. */
  trouble = $state.raw<CounterTrouble>();
  /** Why the link opened nothing when the button was pressed last. */
  notOpened = $state.raw<Trouble>();

  /** How far the server's clock is ahead of this machine's, in milliseconds. */
  #ahead = $state(0);
  /** This machine's clock at the start of the latest round: the list goes by it, also without a network. */
  #moment = $state(Date.now());
  #busy = Promise.resolve();
  #acts: Promise<unknown> = Promise.resolve();

  readonly waiting = $derived(this.kept.filter((one) => one.state === 'waiting').length);
  readonly findings = $derived(this.kept.filter((one) => one.state === 'found' && !one.seenBySomebody));

  /** The time at the start of the latest round, by the server's clock. */
  readonly moment = $derived(this.#moment + this.#ahead);

  /** Today's bookings, with what this counter has done and the server may not know yet. */
  readonly today = $derived.by(() => this.bookings.filter((one) => isToday(one, this.moment)));

  readonly bookings = $derived(withKept(this.day?.bookings ?? [], this.kept));

  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Begins. Answers how to end. */
  begin(invitation: string): () => void {
    this.invitation = invitation;
    void this.#load();
    const again = () => void this.refresh();
    const timer = setInterval(again, EVERY);
    addEventListener('online', again);
    addEventListener('offline', again);
    return () => {
      clearInterval(timer);
      removeEventListener('online', again);
      removeEventListener('offline', again);
    };
  }

  async #load() {
    try {
      await this.#recall();
    } catch {
      this.phase = 'unread';
      return;
    }
    if (!this.invitation) await this.refresh();
  }

  /** Reads what is on the disk. */
  async #recall() {
    const [kept, checkIns] = [await keptDay(), await keptCheckIns()];
    // Before the day, whose "today" and whose codes go by it: without a network there is no other clock.
    this.#ahead = kept?.ahead ?? 0;
    [this.day, this.kept] = [kept?.day, checkIns];
    this.phase = this.day ? 'open' : 'loading';
  }

  /** The button of the link's page. */
  async open() {
    this.notOpened = undefined;
    try {
      await openCounter(this.invitation);
      this.invitation = '';
      if (this.phase === 'closed') this.phase = 'loading';
      // What an earlier counter on this machine has not sent yet is sent by this one.
      await this.refresh();
      // Without a worker it is a counter as well, as long as there is a network.
      await install().catch(() => undefined);
    } catch (thrown) {
      this.notOpened = troubleOf(thrown);
    }
  }

  /** Sends what waits and fetches the day; one after the other. */
  refresh(): Promise<void> {
    this.#moment = Date.now();
    // What the disk refuses now it may take the next time: one failure is not the end of all rounds.
    this.#busy = this.#busy
      .then(() => this.#refresh())
      .then(() => this.#tidy())
      .catch(() => undefined);
    return this.#busy;
  }

  async #refresh() {
    if (this.phase === 'unread') await this.#recall();
    let trouble: CounterTrouble | undefined;
    try {
      await this.#settle();
    } catch (thrown) {
      // What cannot be sent does not keep the day from coming.
      trouble = counterTroubleOf(thrown);
      if (trouble.code === 'not_signed_in') return this.#close();
    }
    try {
      const day = await fetchDay();
      const ahead = Date.parse(day.now) - Date.now();
      await keepDay({ day, ahead });
      this.#ahead = ahead;
      [this.day, this.phase] = [day, 'open'];
    } catch (thrown) {
      trouble = counterTroubleOf(thrown);
      if (trouble.code === 'not_signed_in') return this.#close();
      if (this.phase === 'loading') this.phase = 'unfetched';
    }
    this.trouble = trouble;
  }

  /** The operator took this counter back. The screen is empty before the disk is, which may fail and is asked again. */
  async #close() {
    [this.day, this.said, this.phase, this.trouble] = [undefined, undefined, 'closed', undefined];
    this.kept = this.kept.filter((one) => one.state === 'waiting').map(nameless);
    await forgetCustomers();
  }

  /** Drops what nobody needs any more. */
  async #tidy() {
    const now = this.now();
    await forgetOld(now);
    if (this.kept.some((one) => isOver(one, now))) this.kept = this.kept.filter((one) => !isOver(one, now));
  }

  async #settle() {
    for (;;) {
      const batch = this.kept.filter((one) => one.state === 'waiting').slice(0, MOST);
      if (batch.length === 0) return;
      const { settled } = await settle(batch.map((one) => one.seen));
      for (const one of answered(batch, settled)) {
        await this.#keep(one);
        // The big line does not go on welcoming whom the finding beside it is about.
        const welcomed = this.said?.is === 'welcome' && this.said.booking.booking === one.seen.booking;
        if (one.state === 'found' && welcomed) this.said = undefined;
      }
    }
  }

  /** A code was read. Answers whether it is used up: it checked somebody in, now or before. */
  scanned(text: string): Promise<boolean> {
    return this.#inTurn(async () => isUsedUp(await this.#scanned(text)));
  }

  /** A reference was typed. */
  typed(text: string): Promise<void> {
    return this.#inTurn(async () => {
      const meant = reference(text);
      const booking = this.bookings.find((one) => one.reference === meant);
      if (booking) await this.#person(booking.booking);
      else this.said = { is: 'unknown', typed: text.trim() };
    });
  }

  /** Somebody at the counter knows who it is. */
  async person({ booking }: Expected): Promise<void> {
    await this.#inTurn(() => this.#person(booking));
  }

  /** One after the other: what comes twice at once finds that the first was kept. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#acts.then(act, act);
    this.#acts = turn;
    return turn;
  }

  async #scanned(text: string): Promise<Said | undefined> {
    if (!this.day) return undefined;
    const shown = bookingOf(text);
    if (shown) return this.#person(shown);
    const day = { ...this.day, bookings: this.bookings };
    const checked = await check(text, day, taken(this.kept), this.now());
    if (checked.is === 'refused') return (this.said = checked);
    return this.#checkIn(checked.booking, { how: 'code', code: checked.code }, checked.number);
  }

  async #person(id: string): Promise<Said> {
    const booking = this.bookings.find((one) => one.booking === id);
    const refused = (why: Why): Said => (this.said = { is: 'refused', why, booking });
    if (!booking) return refused({ why: 'not_expected' });
    if (!isToday(booking, this.now())) return refused({ why: 'wrong_day', booking });
    if (booking.state === 'checked_in') return refused({ why: 'already' });
    if (booking.state !== 'confirmed') return refused({ why: 'wrong_state', state: booking.state });
    return this.#checkIn(booking, { how: 'person' }, null);
  }

  async #checkIn(booking: Expected, how: HowFound, number: string | null): Promise<Said> {
    const at = stamp(this.now());
    const seen = { id: crypto.randomUUID(), booking: booking.booking, at, how };
    const who = booking.customer || booking.reference;
    const { reference } = booking;
    // Nobody is welcomed in the name of whoever came before.
    this.said = undefined;
    try {
      await this.#keep({ seen, number, who, reference, state: 'waiting', finding: null, seenBySomebody: false });
    } catch {
      return (this.said = { is: 'not_kept', booking });
    }
    const welcome: Said = { is: 'welcome', booking };
    this.said = welcome;
    void this.refresh();
    return welcome;
  }

  /** Somebody looked at a finding. */
  async dismiss(one: Kept) {
    await this.#keep({ ...one, seenBySomebody: true });
  }

  async #keep(one: Kept) {
    await keepCheckIn(one);
    this.kept = [...this.kept.filter((kept) => kept.seen.id !== one.seen.id), one];
  }
}
