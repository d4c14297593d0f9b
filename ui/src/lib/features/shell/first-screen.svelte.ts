/** The first screen of a start: what is looked at goes before everything that can wait (docs/adr/0023). */
import { host } from '$lib/host';

class FirstScreen {
  /** Whether it has been painted and takes clicks. */
  stands = $state(false);
  #drawn = false;

  /** Call when the first answer is in the document. The host is told once it stands: so the length of a start is measured. */
  drawn(): void {
    if (this.#drawn) return;
    this.#drawn = true;
    // A frame begins with the callback and is painted after it; what comes next in line comes after the painting.
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.stands = true;
        void host().drawn();
      }),
    );
  }
}

export const firstScreen = new FirstScreen();
