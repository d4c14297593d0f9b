/**
 * Room for a phone's keyboard, where the system lays it over the page instead of making the page smaller (iOS does):
 * `--keyboard` is how many pixels of the page's foot it covers, and sheets stand on it.
 */

/** Less than this is a browser's own bar coming and going, not a keyboard. */
const LEAST = 100;

/** The part of the page that can be seen, in CSS pixels. */
export interface Seen {
  height: number;
  /** How far the seen part has moved down the page. */
  offsetTop: number;
  /** 1 unless somebody has zoomed in. */
  scale: number;
}

/** How many pixels of the foot of a page of this height are covered by a keyboard. */
export function covered(page: number, seen: Seen): number {
  // Who zooms in sees less of the page too, and no keyboard is there.
  if (seen.scale > 1.01) return 0;
  const hidden = Math.round(page - seen.height - seen.offsetTop);
  return hidden < LEAST ? 0 : hidden;
}

/** Keeps `--keyboard` true until the returned function is called. */
export function keyboard(): () => void {
  const view = window.visualViewport;
  if (!view) return () => undefined;
  const root = document.documentElement;
  const say = () => root.style.setProperty('--keyboard', `${covered(window.innerHeight, view)}px`);
  view.addEventListener('resize', say);
  view.addEventListener('scroll', say);
  return () => {
    view.removeEventListener('resize', say);
    view.removeEventListener('scroll', say);
    root.style.removeProperty('--keyboard');
  };
}
