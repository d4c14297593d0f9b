/**
 * A question that stays answered: asked again whenever the host says that something changed, and as time passes, while
 * the last answer stays on screen. A screen never goes back to a skeleton.
 */
import { asTimePasses } from '$lib/time';
import { HostTrouble, host, troubleOf, type Refusal, type Screen, type Trouble, type View } from './index';
import { sameOrNew } from './same';

/** The answer to one kind of view. */
export type ScreenOf<V extends View['view']> = Extract<Screen, { view: V }>;

export class Live<V extends View['view']> {
  /** The last answer; nothing before the first. */
  screen = $state.raw<ScreenOf<V>>();
  refusal = $state.raw<Refusal>();
  trouble = $state.raw<Trouble>();
  /** Whether a question is on its way. */
  asking = $state(false);
  #turn = 0;
  #question: (() => void) | undefined;

  /**
   * Must be made while a component is set up. `question` is asked again when anything reactive in it changes; with
   * nothing for an answer (no business yet) nothing is asked.
   */
  constructor(question: () => { business: string; view: Extract<View, { view: V }> } | undefined) {
    let key = '';
    $effect(() => {
      const asked = question();
      if (!asked) return;
      const next = JSON.stringify(asked);
      if (next !== key) {
        // Another question: the old answer would be a lie under it.
        key = next;
        this.screen = undefined;
        this.refusal = undefined;
        this.trouble = undefined;
      }
      const ask = () => void this.#ask(asked.business, asked.view);
      this.#question = ask;
      ask();
      asTimePasses(() => this.screen ?? this.refusal, ask);
      return host().events((event) => {
        if (event.event === 'changed' && event.business === asked.business) ask();
      });
    });
  }

  /** Asks once more, because somebody wants to know now. */
  again(): void {
    this.#question?.();
  }

  async #ask(business: string, view: View): Promise<void> {
    const turn = ++this.#turn;
    this.asking = true;
    try {
      const reply = await host().view(business, view);
      if (turn !== this.#turn) return;
      this.trouble = undefined;
      if (reply.is === 'refused') {
        this.refusal = sameOrNew(this.refusal, reply.refusal);
        this.screen = undefined;
      } else if (reply.screen.view === view.view) {
        this.screen = sameOrNew(this.screen, reply.screen as ScreenOf<V>);
        this.refusal = undefined;
      } else {
        throw new HostTrouble({ code: 'server' });
      }
    } catch (thrown) {
      if (turn === this.#turn) this.trouble = troubleOf(thrown);
    } finally {
      if (turn === this.#turn) this.asking = false;
    }
  }
}
