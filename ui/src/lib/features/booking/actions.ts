/** What may be done with an appointment, in words: until when, or why not (Y04, Y08). */
import type { Actions } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import { sayUntilThere } from '$lib/time';
import { sayRefusal } from '$lib/words';

/** Until when it may be moved and cancelled; one sentence when both end at the same moment. */
export function deadlines(actions: Actions, now: Date): string[] {
  const move = until(actions.reschedule, now);
  const cancel = until(actions.cancel, now);
  if (move && move === cancel) return [m.booking_until_both({ until: move })];
  return [move && m.booking_until_move({ until: move }), cancel && m.booking_until_cancel({ until: cancel })].filter(
    (line) => line !== '',
  );
}

/** Until when it may be moved, in one sentence; empty when there is no such moment. */
export function moveDeadline(actions: Actions, now: Date): string {
  const move = until(actions.reschedule, now);
  return move && m.booking_until_move({ until: move });
}

function until(action: Actions['cancel'], now: Date): string {
  return action.refusal || !action.until ? '' : sayUntilThere(action.until, now);
}

/** Why it cannot be moved or cancelled. */
export function reasons(actions: Actions, now: Date): string[] {
  const lines = [actions.reschedule.refusal, actions.cancel.refusal].flatMap((refusal) =>
    refusal ? [sayRefusal(refusal, now)] : [],
  );
  return [...new Set(lines)];
}
