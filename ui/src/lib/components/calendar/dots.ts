/** How much of a day is free, as dots. The words say the exact number; the dots only let the eye find a good day. */

/** One dot: few times; two: some; three: many. */
export type Dots = 0 | 1 | 2 | 3;

/** From this number of free times on there are two dots, from the second on three. */
export const SOME = 4;
export const MANY = 10;

/** The dots for a number of free times. */
export function dots(times: number): Dots {
  if (times <= 0) return 0;
  if (times < SOME) return 1;
  return times < MANY ? 2 : 3;
}
