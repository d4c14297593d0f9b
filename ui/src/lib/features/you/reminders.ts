import type { Reminding, ReminderSettings } from '$lib/host';
import { m } from '$lib/paraglide/messages';

/** What a device promises about its reminders, in words that are true of it as it is now. */
export interface Promises {
  /** Whether, and by whom, one is reminded. */
  promise: string;
  /** What closing the window does; means nothing on a phone. */
  closing: string;
  /** What the start at login does, or what it is missed for; empty when there is nothing to say. */
  login: string;
}

/**
 * Says who reminds. The app does while it runs, and without a window where it `stays`; kept events do where the app does
 * not stay, or is not back after a restart (docs/adr/0018-who-rings.md). `login` is nothing on a phone.
 */
export function sayReminding(settings: ReminderSettings, standing: Reminding | null, login: boolean | null): Promises {
  const wanted = settings.day_before || settings.hours_before !== null || settings.travel !== null;
  const rings = standing?.events_ring === true;
  const reminds = wanted && !standing?.problem;
  return {
    promise: join(promise(wanted, standing), rings && !reminds && m.reminders_calendar_rings(), m.reminders_others()),
    closing: closing(settings.tray, standing?.stays !== false, reminds, rings, login === true),
    login: login === null ? '' : atLogin(login, settings.tray && standing?.stays !== false, reminds, rings),
  };
}

function promise(wanted: boolean, standing: Reminding | null): string {
  if (!wanted) return m.reminders_none();
  if (standing?.problem === 'refused') return m.reminders_problem_refused();
  if (standing?.problem === 'unshown') return m.reminders_problem_unshown();
  return standing?.stays === false ? m.reminders_while_open() : m.reminders_text();
}

function closing(tray: boolean, stays: boolean, reminds: boolean, rings: boolean, login: boolean): string {
  if (tray && stays)
    return join(reminds ? m.reminders_close_tray() : m.reminders_close_tray_silent(), m.reminders_back());
  const ends = tray ? m.reminders_close_no_icon() : m.reminders_close_ends();
  // Whoever is not reminded by it loses nothing.
  if (!reminds) return ends;
  const until = login ? m.reminders_until_login() : m.reminders_until_open();
  return join(ends, rings ? m.reminders_then_calendar() : until);
}

function atLogin(starts: boolean, hidden: boolean, reminds: boolean, rings: boolean): string {
  if (starts && hidden) return m.reminders_login_tray();
  if (!reminds) return '';
  if (starts) return m.reminders_login_window();
  // A window that ends has said so above.
  if (!hidden) return '';
  return rings ? m.reminders_restart_calendar() : m.reminders_restart_open();
}

function join(...sentences: (string | false)[]): string {
  return sentences.filter(Boolean).join(' ');
}

/** The minutes of a way as somebody wrote them; nothing when they are not 1 to 720. */
export function minutesOf(text: string): number | null {
  const trimmed = text.trim();
  if (!/^\d{1,3}$/.test(trimmed)) return null;
  const minutes = Number(trimmed);
  return minutes >= 1 && minutes <= 720 ? minutes : null;
}
