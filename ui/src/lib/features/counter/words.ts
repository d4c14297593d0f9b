/** Why a code is refused and what the server could not agree with, in sentences. */
import type { Finding } from '$lib/host/types/Finding';
import { m } from '$lib/paraglide/messages';
import { sayShort, sayUntil } from '$lib/time';
import { sayRefusal } from '$lib/words';
import type { Why } from './code';

export function sayWhy(why: Why, now: Date): string {
  switch (why.why) {
    case 'no_code':
      return m.counter_no_code();
    case 'version':
      return m.counter_version();
    case 'other_business':
      return m.counter_other_business();
    case 'wrong_place':
      return m.counter_wrong_place({ place: why.place });
    case 'not_expected':
      return m.counter_not_expected();
    case 'wrong_day':
      return m.counter_wrong_day({ start: sayUntil(why.booking.start, now) });
    case 'forged':
      return m.counter_forged();
    case 'expired':
      return m.counter_expired();
    case 'future':
      return m.counter_future();
    case 'replayed':
      return m.counter_replayed();
    case 'already':
      return m.counter_already();
    case 'over':
      return m.counter_over();
    case 'too_early':
      return m.counter_too_early({ start: why.booking.start.time });
    case 'closed':
      return m.counter_closed({ start: why.booking.start.time });
  }
}

export function sayFinding(finding: Finding, now: Date): string {
  switch (finding.code) {
    case 'no_booking':
      return m.counter_found_no_booking();
    case 'refused':
      return finding.facts.refusal.code === 'wrong_state' && finding.facts.refusal.facts.state === 'cancelled'
        ? m.counter_found_cancelled()
        : sayRefusal(finding.facts.refusal, now);
    case 'wrong_place':
      return m.counter_found_wrong_place({ place: finding.facts.place });
    case 'wrong_day':
      return m.counter_found_wrong_day({ start: sayShort(finding.facts.start, now) });
    case 'forged':
      return m.counter_found_forged();
    case 'expired':
      return m.counter_expired();
    case 'replayed':
      return m.counter_replayed();
    case 'bad_time':
      return m.counter_found_bad_time();
  }
}
