/**
 * The business's colour becomes the accent of both papers: as near to the original as WCAG AA allows, with its hue.
 *
 * **Invariant:** an accent reads as text on every paper of its theme, and the paper reads as text on the accent.
 */
import { contrast, fromOklch, parseHex, toHex, toOklch, type Rgb } from './oklch';

/** The papers of tokens.css: page, raised, sunken, and the notes' grounds. A test compares them with that file. */
export const papers = {
  light: ['#faf7f1', '#fffdf9', '#f2ede3'],
  dark: ['#1d1b18', '#262420', '#171513'],
} as const;

/** Text contrast of WCAG 2.2 AA, and a little for rounding. */
const enough = 4.55;

/** The app's own ribbon, where no business is chosen or its colour cannot be read. */
export const ribbon = '#a5382c';

/** The business's colour for one theme, `#rrggbb`. */
export function accent(colour: string, theme: keyof typeof papers): string {
  const wanted = parseHex(colour) ?? (parseHex(ribbon) as Rgb);
  const grounds = papers[theme].map((paper) => parseHex(paper) as Rgb);
  const reads = (rgb: Rgb) => grounds.every((ground) => contrast(rgb, ground) >= enough);
  const asShown = (rgb: Rgb) => parseHex(toHex(rgb)) as Rgb;
  if (reads(asShown(wanted))) return toHex(wanted);

  // Lightness moves away from the paper, only as far as it must; the hue stays.
  const own = toOklch(wanted);
  let near = own.l;
  let far = theme === 'light' ? 0 : 1;
  for (let i = 0; i < 24; i++) {
    const middle = (near + far) / 2;
    if (reads(asShown(fromOklch({ ...own, l: middle })))) far = middle;
    else near = middle;
  }
  return toHex(asShown(fromOklch({ ...own, l: far })));
}

/** Puts a business's colour on the page; nothing means the app's own ribbon. */
export function wear(colour: string | undefined, root: HTMLElement = document.documentElement): void {
  root.style.setProperty('--accent-on-light', accent(colour ?? ribbon, 'light'));
  root.style.setProperty('--accent-on-dark', accent(colour ?? ribbon, 'dark'));
}
