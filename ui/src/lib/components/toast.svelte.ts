/** What was just done, said once: on screen for a while, and to screen readers at once. */

export interface Said {
  id: number;
  text: string;
  /** Takes it back. */
  undo?: () => void;
  bad?: boolean;
}

/** Milliseconds that a line stays; one that can be undone stays longer. */
const stays = { plain: 5000, undo: 9000 };

/** How many lines there are at most. */
const most = 2;

class Toasts {
  said = $state.raw<Said[]>([]);
  #next = 1;
  #held = false;
  #clocks = new Map<number, ReturnType<typeof setTimeout>>();

  /** Where there is no more room, a line that can be undone is the last to go. */
  say(text: string, more: { undo?: () => void; bad?: boolean } = {}): void {
    const last = this.said.at(-1);
    if (last && !last.undo && !more.undo && last.text === text) {
      this.#wind(last);
      return;
    }
    if (this.said.length === most) this.clear((this.said.find((line) => !line.undo) ?? this.said[0]!).id);
    const line: Said = { id: this.#next++, text, ...more };
    this.said = [...this.said, line];
    this.#wind(line);
  }

  clear(id: number): void {
    clearTimeout(this.#clocks.get(id));
    this.#clocks.delete(id);
    this.said = this.said.filter((line) => line.id !== id);
  }

  /** Whether somebody is at the lines: then none goes by itself, and afterwards each has its whole time (WCAG 2.2.1). */
  hold(held: boolean): void {
    this.#held = held;
    for (const line of this.said) this.#wind(line);
  }

  #wind(line: Said): void {
    clearTimeout(this.#clocks.get(line.id));
    if (this.#held) return;
    const stay = line.undo || line.bad ? stays.undo : stays.plain;
    this.#clocks.set(
      line.id,
      setTimeout(() => this.clear(line.id), stay),
    );
  }
}

export const toasts = new Toasts();
