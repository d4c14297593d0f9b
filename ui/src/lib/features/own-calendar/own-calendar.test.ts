import { describe, expect, it } from 'vitest';
import { civil } from '$lib/fixtures/civil';
import type { Clash } from '$lib/host';
import { sayClash } from './own-calendar.svelte';

const start = civil('2026-12-01', '14:00');
const clash = (more: Partial<Clash> = {}): Clash => ({ title: 'Dentist', from: null, to: null, ...more });

describe('what is in the way', () => {
  it('is said with its time when that is on the same day', () => {
    const at = clash({ from: civil('2026-12-01', '13:30'), to: civil('2026-12-01', '14:30') });
    expect(sayClash([at], start)).toBe('You have something in your calendar then: Dentist, 13:30 to 14:30.');
  });

  it('is said without a time that would mislead', () => {
    const holiday = clash({ title: 'Holiday', from: civil('2026-11-28', '00:00'), to: civil('2026-12-05', '00:00') });
    expect(sayClash([holiday], start), 'hours of other days').toBe(
      'You have something in your calendar then: Holiday.',
    );
    expect(sayClash([clash()], start), 'no hours at all').toBe('You have something in your calendar then: Dentist.');
  });

  it('counts what is left out, and says nothing about nothing', () => {
    expect(sayClash([clash(), clash()], start)).toContain('And one more.');
    expect(sayClash([clash(), clash(), clash()], start)).toContain('And 2 more.');
    expect(sayClash([clash({ title: '' })], start), 'nothing is called nothing').toContain('something without a name');
    expect(sayClash([], start)).toBe('');
  });
});
