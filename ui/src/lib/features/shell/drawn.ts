/** Tells the host once that the first answer stands on the screen: how long a start takes is measured by that. */
import { host } from '$lib/host';

let told = false;
let stands: () => void;

/** Ends when the first answer has been painted: what can wait begins then. */
export const firstScreen = new Promise<void>((resolve) => (stands = resolve));

/** Call when the answer is in the document. It is told once it has been painted and the screen takes clicks. */
export function drawn(): void {
  if (told) return;
  told = true;
  // A frame begins with the callback and is painted after it; what comes next in line comes after the painting.
  requestAnimationFrame(() =>
    setTimeout(() => {
      void host().drawn();
      stands();
    }),
  );
}
