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

class Toasts {
  said = $state.raw<Said[]>([]);
  #next = 1;

  say(text: string, more: { undo?: () => void; bad?: boolean } = {}): void {
    const line: Said = { id: this.#next++, text, ...more };
    this.said = [...this.said.slice(-1), line];
    setTimeout(() => this.clear(line.id), more.undo || more.bad ? stays.undo : stays.plain);
  }

  clear(id: number): void {
    this.said = this.said.filter((line) => line.id !== id);
  }
}

export const toasts = new Toasts();
