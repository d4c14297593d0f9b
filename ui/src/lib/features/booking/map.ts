/** The way from a place to a program that shows maps, and by itself nothing of it: whoever presses the link goes there. */
import type { Location } from '$lib/host';

/** An address, and whether it is a page of somebody else's. */
export interface MapLink {
  href: string;
  outside: boolean;
}

/**
 * A point on the map of the platform: Android asks which program should show it, Apple's devices open Maps, and
 * everything else has OpenStreetMap. `geo:` (RFC 5870) alone would do on few desktops: most know no program for it.
 */
export function mapLink({ latitude, longitude }: Location, name: string, agent = navigator.userAgent): MapLink {
  const point = `${latitude},${longitude}`;
  if (/Android/.test(agent)) {
    // With the question, programs set a mark; a bracket would end its name.
    const label = encodeURIComponent(name.replace(/[()]/g, ' '));
    return { href: `geo:${point}?q=${point}(${label})`, outside: false };
  }
  if (/iPhone|iPad|iPod|Macintosh/.test(agent))
    return { href: `https://maps.apple.com/?ll=${point}&q=${encodeURIComponent(name)}`, outside: true };
  const page = `mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
  return { href: `https://www.openstreetmap.org/?${page}`, outside: true };
}
