/** Why a code is refused, what the server could not agree with and what is in the counter's way, in sentences. */
import type { Trouble } from '$lib/host';
import type { BookingState } from '$lib/host/types/BookingState';
import type { Civil } from '$lib/host/types/Civil';
import type { Finding } from '$lib/host/types/Finding';
import { m } from '$lib/paraglide/messages';
import { sayShort, sayUntil, stub, todayAt } from '$lib/time';
import { sayRefusal, sayState, sayTrouble } from '$lib/words';
import type { Why } from './code';
import type { CounterTrouble } from './counter.svelte';

/** Why a link did not make this machine a counter. */
export function sayNotOpened(trouble: Trouble): string {
  switch (trouble.code) {
    case 'wrong_credentials':
      return m.counter_open_refused();
    case 'server':
    case 'not_datebook':
      return m.counter_unfetched_unwell();
    default:
      return sayTrouble(trouble);
  }
}

/** Why a counter has no day yet. */
export function sayNotFetched(trouble: CounterTrouble): string {
  switch (trouble.code) {
    case 'offline':
    case 'storage':
      return sayTrouble(trouble);
    case 'no_place':
      return m.counter_no_place();
    default:
      return m.counter_unfetched_unwell();
  }
}

/** What is in the way of a counter that is open. */
export function sayTroubleHere(trouble: CounterTrouble): string {
  switch (trouble.code) {
    case 'offline':
      return m.counter_offline();
    case 'no_place':
      return m.counter_no_place();
    case 'storage':
      return m.trouble_storage();
    default:
      return m.counter_unwell();
  }
}

/** The date of a visit that is not of today; nothing of one that is. */
export function sayDate(start: Civil, now: Date): string {
  if (start.date === todayAt(start, now)) return '';
  const { weekday, day, month } = stub(start.date);
  return `${weekday} ${day} ${month}`;
}

/** How an appointment stands, as the business says it. */
export function sayStateHere(state: BookingState): string {
  if (state === 'checked_in') return m.counter_here();
  return state === 'awaiting_provider' ? m.counter_state_unconfirmed() : sayState(state);
}

/** When a visit begins: with its date where that is another day. */
export function sayStart(start: Civil, now: Date): string {
  return start.date === todayAt(start, now) ? start.time : sayShort(start, now);
}

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
    case 'wrong_state':
      return sayWrongState(why.state);
    case 'too_early':
      return m.counter_too_early({ start: why.booking.start.time });
    case 'closed':
      return m.counter_closed({ start: why.booking.start.time });
  }
}

/** Why nobody can come to an appointment that stands like this. */
function sayWrongState(state: BookingState): string {
  switch (state) {
    case 'draft':
    case 'awaiting_payment':
    case 'awaiting_provider':
      return m.counter_not_confirmed();
    case 'completed':
    case 'no_show':
      return m.counter_over();
    default:
      return m.counter_cancelled();
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
