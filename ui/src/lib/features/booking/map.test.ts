import { describe, expect, it } from 'vitest';
import { mapLink } from './map';

const there = { latitude: 52.5283, longitude: -13.4048 };
const to = (agent: string, name = 'Café & Hair') => mapLink(there, name, agent);

describe('the way to a place', () => {
  it('asks Android which program shows it', () => {
    const { href, outside } = to('Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36', 'Café (& Hair)');
    expect(href, 'a bracket in a name ends nothing').toBe(
      'geo:52.5283,-13.4048?q=52.5283,-13.4048(Caf%C3%A9%20%20%26%20Hair%20)',
    );
    expect(outside, 'no page is opened for it').toBe(false);
  });

  it('opens Maps on what Apple makes', () => {
    for (const agent of ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)', 'Mozilla/5.0 (Macintosh; Intel)'])
      expect(to(agent), agent).toEqual({
        href: 'https://maps.apple.com/?ll=52.5283,-13.4048&q=Caf%C3%A9%20%26%20Hair',
        outside: true,
      });
  });

  it('is a page for everybody else', () => {
    for (const agent of ['Mozilla/5.0 (X11; Linux x86_64)', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)', ''])
      expect(to(agent), agent).toEqual({
        href: 'https://www.openstreetmap.org/?mlat=52.5283&mlon=-13.4048#map=17/52.5283/-13.4048',
        outside: true,
      });
  });
});
