/** A control that is gone after it was pressed leaves the focus to what it brought, or to where it stood. */
import { tick } from 'svelte';

type Place = () => HTMLElement | null | undefined;

/** Once all is drawn, gives a focus that was lost to this place. Whoever has it elsewhere keeps it. */
export async function passFocus(to: Place): Promise<void> {
  await tick();
  if (document.activeElement === document.body) to()?.focus({ preventScroll: true });
}

/**
 * The same for controls that go when a later answer says so: `drawn` reads what they depend on. Must be called while a
 * component is set up; the function that it gives is called when one of them is pressed.
 */
export function passFocusLater(drawn: () => unknown, to: Place): () => void {
  let pressed: Element | null = null;
  $effect(() => {
    drawn();
    void tick().then(() => {
      if (!pressed || pressed.isConnected) return;
      pressed = null;
      void passFocus(to);
    });
  });
  return () => {
    pressed = document.activeElement;
  };
}
