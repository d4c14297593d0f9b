/**
 * Sentences from codes and facts: why the rules say no, why something broke, and what a state is called. One place, so
 * that every screen says the same thing the same way.
 */
import { m } from '$lib/paraglide/messages';
import { sayUntilThere } from '$lib/time';
import type { Alternative, BookingState, CatalogueView, Command, Refusal, StaffId, Trouble } from '$lib/host';

/** Why the rules say no: what happened, what is safe, what to do. */
export function sayRefusal(refusal: Refusal, now: Date): string {
  switch (refusal.code) {
    case 'slot_taken':
      return refusal.facts.alternatives.length > 0
        ? m.refusal_slot_taken({ wanted: sayUntilThere(refusal.facts.wanted, now) })
        : m.refusal_slot_taken_none({ wanted: sayUntilThere(refusal.facts.wanted, now) });
    case 'too_soon':
      return m.refusal_too_soon({ earliest: sayUntilThere(refusal.facts.earliest, now) });
    case 'too_far':
      return m.refusal_too_far({ latest: sayUntilThere(refusal.facts.latest, now) });
    case 'switched_off':
      return {
        book: m.refusal_off_book,
        reschedule: m.refusal_off_reschedule,
        cancel: m.refusal_off_cancel,
        confirm_attendance: m.refusal_off_coming,
        running_late: m.refusal_off_coming,
        check_in: m.refusal_off_check_in,
      }[refusal.facts.act]();
    case 'too_late': {
      const deadline = sayUntilThere(refusal.facts.deadline, now);
      return {
        book: m.refusal_late_book,
        reschedule: m.refusal_late_reschedule,
        cancel: m.refusal_late_cancel,
        confirm_attendance: m.refusal_late_coming,
        running_late: m.refusal_late_coming,
        check_in: m.refusal_late_check_in,
      }[refusal.facts.act]({ deadline });
    }
    case 'too_early': {
      const from = sayUntilThere(refusal.facts.from, now);
      return refusal.facts.act === 'check_in'
        ? m.refusal_early_check_in({ from })
        : refusal.facts.act === 'running_late'
          ? m.refusal_early_late({ from })
          : m.refusal_early_coming({ from });
    }
    case 'already_done':
      return refusal.facts.act === 'check_in' ? m.refusal_done_check_in() : m.refusal_done_coming();
    case 'wrong_place':
      return m.refusal_wrong_place({ place: refusal.facts.place, start: sayUntilThere(refusal.facts.start, now) });
    case 'out_of_range':
      return m.refusal_range({ least: refusal.facts.least, most: refusal.facts.most });
    case 'moved_too_often':
      return m.refusal_moved({ count: refusal.facts.times });
    case 'wrong_state':
      return {
        book: m.refusal_state_book,
        reschedule: m.refusal_state_reschedule,
        cancel: m.refusal_state_cancel,
        confirm_attendance: m.refusal_state_coming,
        running_late: m.refusal_state_coming,
        check_in: m.refusal_state_check_in,
      }[refusal.facts.act]({ state: sayState(refusal.facts.state).toLowerCase() });
    case 'staff_not_offered':
      return m.refusal_staff();
    case 'place_not_offered':
      return m.refusal_place();
    case 'party_too_large':
      return m.refusal_party({ count: refusal.facts.most });
    case 'nothing_changed':
      return m.refusal_nothing_changed();
    case 'not_found':
      if (refusal.facts.what === 'feed') return m.refusal_feed_off();
      return refusal.facts.what === 'booking' ? m.refusal_no_booking() : m.refusal_not_found();
    case 'already_exists':
      return refusal.facts.what === 'feed' ? m.refusal_feed_on() : m.refusal_exists();
    case 'bad_text':
      return m.refusal_text({ count: refusal.facts.most });
    case 'not_signed_in':
      return m.refusal_sign_in();
    case 'unknown_command':
      return m.refusal_unknown();
    default:
      return m.refusal_other();
  }
}

/** What stands over a no. */
export function sayRefused(refusal: Refusal | undefined): string {
  return refusal?.code === 'slot_taken' ? m.book_done_refused() : m.notice_title();
}

/** Why the rules say no, where the next best times cannot be chosen from: then none are said to follow. */
export function sayRefusalAlone(refusal: Refusal, now: Date): string {
  return refusal.code === 'slot_taken' && refusal.facts.alternatives.length > 0
    ? m.refusal_slot_taken_other({ wanted: sayUntilThere(refusal.facts.wanted, now) })
    : sayRefusal(refusal, now);
}

/** The next best times that a refusal offers. */
export function alternativesOf(refusal: Refusal): Alternative[] {
  return refusal.code === 'slot_taken' || refusal.code === 'too_soon' ? refusal.facts.alternatives : [];
}

/** Who an alternative is with, where that is somebody else than was asked for; else nothing. */
export function sayOther(
  { staff }: Alternative,
  asked: StaffId | undefined,
  catalogue: CatalogueView | undefined,
): string {
  if (!asked || staff === asked) return '';
  return catalogue?.staff.find(({ id }) => id === staff)?.name ?? m.somebody_else();
}

/** Why the app could not do something: what happened, what is safe, what to do. */
export function sayTrouble(trouble: Trouble): string {
  switch (trouble.code) {
    case 'offline':
      return m.trouble_offline();
    case 'no_answer':
      return m.trouble_no_answer();
    case 'booked_before':
      return m.trouble_booked_before();
    case 'bad_address':
      return m.trouble_bad_address();
    case 'not_datebook':
      return m.trouble_not_datebook();
    case 'not_encrypted':
      return m.trouble_not_encrypted();
    case 'wrong_credentials':
      return m.trouble_wrong_credentials();
    case 'not_signed_in':
      return m.trouble_not_signed_in();
    case 'too_many_attempts':
      return m.trouble_too_many({ wait: sayWait(trouble.facts.wait) });
    case 'no_attempt':
      return m.trouble_no_attempt();
    case 'no_business':
      return m.trouble_no_business();
    case 'too_late':
      return m.trouble_too_late();
    case 'still_waiting':
      return m.trouble_still_waiting({ count: trouble.facts.waiting });
    case 'not_acceptable':
      return m.trouble_not_acceptable();
    case 'storage':
      return m.trouble_storage();
    case 'locked':
      return m.trouble_locked();
    default:
      return m.trouble_server();
  }
}

function sayWait(seconds: number): string {
  return seconds < 90
    ? m.wait_seconds({ count: Math.max(1, seconds) })
    : m.wait_minutes({ count: Math.ceil(seconds / 60) });
}

/** What a state is called. */
export function sayState(state: BookingState): string {
  return {
    draft: m.state_draft,
    awaiting_payment: m.state_awaiting_payment,
    awaiting_provider: m.state_awaiting_provider,
    confirmed: m.state_confirmed,
    checked_in: m.state_checked_in,
    completed: m.state_completed,
    no_show: m.state_no_show,
    cancelled: m.state_cancelled,
    postponed: m.state_postponed,
  }[state]();
}

/** What was asked for: `Book`, `Move`, `Cancel`. `about` is the service's name. */
export function sayCommand(command: Command, about: string): string {
  switch (command.type) {
    case 'book@1':
      return m.command_book({ about });
    case 'reschedule@1':
      return m.command_reschedule({ about });
    case 'cancel@1':
      return m.command_cancel({ about });
    case 'confirm_attendance@1':
      return m.command_coming({ about });
    case 'running_late@1':
      return m.command_late({ about, count: command.minutes });
    case 'check_in@1':
      return m.command_check_in({ about });
    case 'update_profile@1':
      return m.command_profile();
    case 'turn_feed_on@1':
      return m.command_feed_on();
    case 'renew_feed@1':
      return m.command_feed_renew();
    case 'turn_feed_off@1':
      return m.command_feed_off();
    case 'withdrawn@1':
      return about ? m.command_withdrawn_about({ about }) : m.command_withdrawn();
  }
}
