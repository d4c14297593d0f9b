/**
 * Colours as people see them: lightness, chroma and hue (OKLCH, https://bottosson.github.io/posts/oklab/), and how
 * strongly two of them differ (WCAG 2.2, relative luminance and contrast ratio).
 */

/** Red, green and blue in sRGB, each 0 to 1. */
export type Rgb = readonly [number, number, number];

/** Lightness 0 to 1, chroma from 0, hue in degrees. */
export interface Oklch {
  l: number;
  c: number;
  h: number;
}

/** Reads `#rrggbb`; nothing when the text is something else. */
export function parseHex(text: string): Rgb | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text.trim());
  if (!match) return undefined;
  return [1, 2, 3].map((i) => parseInt(match[i] ?? '0', 16) / 255) as unknown as Rgb;
}

/** Writes `#rrggbb`. */
export function toHex(rgb: Rgb): string {
  return (
    '#' +
    rgb
      .map((part) =>
        Math.round(Math.min(1, Math.max(0, part)) * 255)
          .toString(16)
          .padStart(2, '0'),
      )
      .join('')
  );
}

const linear = (part: number) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const gamma = (part: number) => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055);

export function toOklch(rgb: Rgb): Oklch {
  const [r, g, b] = rgb.map(linear) as unknown as Rgb;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return {
    l: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    c: Math.hypot(a, bb),
    h: ((Math.atan2(bb, a) * 180) / Math.PI + 360) % 360,
  };
}

function convert({ l, c, h }: Oklch): Rgb {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const l3 = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m3 = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s3 = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3),
    gamma(-1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3),
    gamma(-0.0041960863 * l3 - 0.7034186147 * m3 + 1.707614701 * s3),
  ];
}

/** The nearest colour of the same lightness and hue that a screen can show: chroma gives way. */
export function fromOklch(wanted: Oklch): Rgb {
  const fits = (rgb: Rgb) => rgb.every((part) => part >= -0.0005 && part <= 1.0005);
  const full = convert(wanted);
  if (fits(full)) return full;
  let low = 0;
  let high = wanted.c;
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if (fits(convert({ ...wanted, c: middle }))) low = middle;
    else high = middle;
  }
  return convert({ ...wanted, c: low });
}

/** Relative luminance, 0 to 1. */
export function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map(linear) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
