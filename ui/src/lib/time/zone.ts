/** Whether a venue's clock needs a name, because this device shows another time. */
import { m } from '$lib/paraglide/messages';
import type { Civil } from '$lib/host';
import { sayShort, sayUntil } from './civil';

/** This device's offset at an instant, written like a `Civil`'s: `+02:00`. */
export function deviceOffset(instant: string): string {
  const minutes = -new Date(instant).getTimezoneOffset();
  const two = (part: number) => String(part).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The place that an IANA name is called after: `America/New_York` → `New York`. */
export function cityOf(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

/** `Lisbon time`, where the device's clock differs at that moment; else nothing. */
export function zoneNote(civil: Civil, offset: (instant: string) => string = deviceOffset): string {
  return offset(civil.at) === civil.offset ? '' : m.time_zone_note({ city: cityOf(civil.zone) });
}

/** `Thu 3 Dec, 14:00 (Lisbon time)`: short, and with the place's name where this device's clock differs. */
export function sayShortThere(civil: Civil, now: Date): string {
  return there(sayShort(civil, now), civil);
}

/** `Thursday at 14:00 (Lisbon time)`: in the middle of a sentence, and with the place's name in the same way. */
export function sayUntilThere(civil: Civil, now: Date): string {
  return there(sayUntil(civil, now), civil);
}

function there(moment: string, civil: Civil): string {
  const zone = zoneNote(civil);
  return zone ? `${moment} (${zone})` : moment;
}
