import { afterEach, describe, expect, it, vi } from 'vitest';
import { inBerlin } from '$lib/fixtures/civil';
import type { BookingView } from '$lib/host';
import { canShare, share, wordsOf } from './share';

const start = inBerlin('2026-12-03', '14:00');
const view = { ticket: { service: 'Dry cut', place: 'Berlin Mitte', start }, address: 'Torstraße 1' } as BookingView;

afterEach(() => void vi.unstubAllGlobals());

describe('an appointment for somebody else', () => {
  it('says what, when and where, and opens nothing', () => {
    const text = wordsOf(view, 'Linden & Rye', new Date('2026-12-03T08:00:00Z'));
    expect(text, 'also true when it is read tomorrow, or in another zone').toBe(
      'Dry cut with Linden & Rye: Thu 3 Dec, 14:00 (Berlin time), Berlin Mitte, Torstraße 1',
    );
  });

  it('is offered where the platform has a sheet for it, and a no is no trouble', async () => {
    vi.stubGlobal('navigator', {});
    expect(canShare(), 'most desktops have none').toBe(false);
    const sheet = vi.fn().mockRejectedValue(new DOMException('put away', 'AbortError'));
    vi.stubGlobal('navigator', { share: sheet });
    expect(canShare()).toBe(true);
    await share('words');
    expect(sheet, 'words alone').toHaveBeenCalledWith({ text: 'words' });
    sheet.mockRejectedValue(new DOMException('no', 'NotAllowedError'));
    await expect(share('words'), 'a failure is said').rejects.toThrow('no');
  });
});
