import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accent, papers, wear } from './guard';
import { contrast, parseHex, toOklch, type Rgb } from './oklch';

const rgb = (hex: string) => parseHex(hex) as Rgb;

/** Colours businesses really pick: dark, bright, pale, grey, and the extremes. */
const brands = ['#1f6f5c', '#ffd400', '#00e5ff', '#f7c6d0', '#000000', '#ffffff', '#7b2ff7', '#e63946', '#8a8a8a'];

describe('the contrast guard', () => {
  for (const theme of ['light', 'dark'] as const) {
    for (const brand of brands) {
      it(`makes ${brand} readable on ${theme} paper`, () => {
        for (const paper of papers[theme]) {
          const ratio = contrast(rgb(accent(brand, theme)), rgb(paper));
          expect(ratio, `text on ${paper} needs 4.5:1 (WCAG 2.2, 1.4.3)`).toBeGreaterThanOrEqual(4.5);
        }
      });

      it(`keeps the hue of ${brand} on ${theme} paper`, () => {
        const before = toOklch(rgb(brand));
        const after = toOklch(rgb(accent(brand, theme)));
        if (before.c < 0.03 || after.c < 0.02) return; // A grey has no hue to keep.
        const turn = Math.abs(((after.h - before.h + 540) % 360) - 180);
        expect(turn, 'a brand must stay recognisable: rounding may turn it by 3° at most').toBeLessThan(3);
      });
    }
  }

  it('leaves a colour alone that reads already', () => {
    expect(accent('#1f6f5c', 'light'), 'nobody changes a brand without need').toBe('#1f6f5c');
  });

  it('falls back to the ribbon when the colour cannot be read', () => {
    expect(accent('teal', 'light'), 'only #rrggbb is a colour').toBe(accent('#a5382c', 'light'));
  });

  it('knows the papers of tokens.css', () => {
    const tokens = readFileSync('src/lib/tokens.css', 'utf8');
    const found = (name: string) =>
      [...tokens.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6})`, 'g'))].map((match) => match[1]);
    expect(
      ['paper', 'raised', 'sunken'].map((name) => found(name)),
      'the guard measures against these, so they must be the same',
    ).toEqual([0, 1, 2].map((i) => [papers.light[i], papers.dark[i]]));
  });

  it('reads ink of every kind on every paper', () => {
    const tokens = readFileSync('src/lib/tokens.css', 'utf8');
    for (const name of ['ink', 'ink-soft', 'ink-faint', 'wait', 'bad', 'good']) {
      const [light, dark] = [...tokens.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6})`, 'g'))].map((m) => m[1] ?? '');
      for (const paper of papers.light)
        expect(contrast(rgb(light ?? ''), rgb(paper)), `${name} on light ${paper}`).toBeGreaterThanOrEqual(4.5);
      for (const paper of papers.dark)
        expect(contrast(rgb(dark ?? ''), rgb(paper)), `${name} on dark ${paper}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('is worn by the page', () => {
    const root = document.createElement('div');
    wear('#ffd400', root);
    expect(root.style.getPropertyValue('--accent-on-light'), 'yellow cannot stay as it is on paper').not.toBe(
      '#ffd400',
    );
    expect(root.style.getPropertyValue('--accent-on-dark'), 'but it reads on dark paper').toBe('#ffd400');
  });
});
