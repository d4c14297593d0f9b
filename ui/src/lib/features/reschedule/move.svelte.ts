/**
 * One move, from choosing a time to the verdict: choose → approve → done (F15).
 *
 * **Invariant:** nothing is sent before the new date and hour were read out and approved; a refusal leaves the present
 * time as it was and says so.
 */
import { host, troubleOf, type BookingView, type Civil, type Refusal, type TimeView, type Trouble } from '$lib/host';

/** Where it stands. */
export type Stage = 'choose' | 'approve' | 'done';

export class Move {
  stage = $state<Stage>('choose');
  date = $state<string>();
  picked = $state.raw<TimeView>();
  sending = $state(false);
  refusal = $state.raw<Refusal>();
  trouble = $state.raw<Trouble>();
  /** The new start, once it was given to the host. */
  given = $state.raw<Civil>();
  /** Whether that was only kept, to be sent. */
  waiting = $state(false);
  /** Whether a try got no answer: from then on nobody here knows which time holds. */
  unanswered = $state(false);
  readonly from: Civil;

  readonly #business: string;
  readonly #booking: string;

  constructor(business: string, view: Pick<BookingView, 'ticket'>) {
    this.#business = business;
    this.#booking = view.ticket.booking;
    this.from = view.ticket.start;
  }

  /** Whether the chosen time is the one it had when this began. */
  get former(): boolean {
    return this.picked?.start.at === this.from.at;
  }

  /** Whether the chosen time is the present one: then there is nothing to approve. */
  get same(): boolean {
    return this.former && !this.unanswered;
  }

  openDate(date: string): void {
    this.date = date;
    if (this.picked?.start.date !== date) this.picked = undefined;
  }

  pick(date: string, time: TimeView): void {
    this.date = date;
    this.picked = time;
  }

  look(): void {
    if (this.picked && !this.same) this.#turn('approve');
  }

  back(): void {
    this.#turn('choose');
  }

  /** Sends the approved time, or an alternative that a refusal offered and that was pressed by its full name. */
  async approve(to: Civil | undefined = this.picked?.start): Promise<void> {
    if (!to || this.sending) return;
    this.sending = true;
    this.refusal = undefined;
    this.trouble = undefined;
    try {
      const receipt = await host().execute(this.#business, {
        type: 'reschedule@1',
        booking: this.#booking,
        start: to.at,
      });
      if (receipt.is === 'refused') {
        this.refusal = receipt.refusal;
      } else {
        this.given = to;
        this.waiting = receipt.is === 'waiting';
        this.unanswered = false;
        this.stage = 'done';
      }
    } catch (thrown) {
      this.trouble = troubleOf(thrown);
      if (this.trouble.code === 'no_answer') this.unanswered = true;
    } finally {
      this.sending = false;
    }
  }

  #turn(stage: Stage): void {
    this.stage = stage;
    this.refusal = undefined;
    this.trouble = undefined;
  }
}
