/** The clock of the screens: one moment for all of them, moved on every half minute while somebody looks. */
let current = $state(new Date());

/** This moment; whatever reads it is written anew when it moves on. */
export function now(): Date {
  return current;
}

/** Starts the clock; the answer stops it. */
export function tick(): () => void {
  const move = () => {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- replaced, never changed in place
    if (document.visibilityState === 'visible') current = new Date();
  };
  const timer = setInterval(move, 30_000);
  document.addEventListener('visibilitychange', move);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', move);
  };
}
