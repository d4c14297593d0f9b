/**
 * What the screens ask of whatever runs them: the app (`tauri.ts`) or a browser (`browser.ts`). The methods are those of
 * `crates/client`; the types are made from the Rust types.
 *
 * **Invariant:** nothing outside this folder knows Tauri, a server or the browser's storage. eslint checks it.
 */
import type { BookingId } from './types/BookingId';
import type { BusinessCard } from './types/BusinessCard';
import type { Civil } from './types/Civil';
import type { Clash } from './types/Clash';
import type { CheckInCode } from './types/CheckInCode';
import type { Command } from './types/Command';
import type { CommandId } from './types/CommandId';
import type { HandedOver } from './types/HandedOver';
import type { Event } from './types/Event';
import type { Link } from './types/Link';
import type { LinkSent } from './types/LinkSent';
import type { MovedEvent } from './types/MovedEvent';
import type { Notice } from './types/Notice';
import type { PassOf } from './types/PassOf';
import type { Opening } from './types/Opening';
import type { OwnCalendarCard } from './types/OwnCalendarCard';
import type { Receipt } from './types/Receipt';
import type { ReminderSettings } from './types/ReminderSettings';
import type { Reminding } from './types/Reminding';
import type { Reply } from './types/Reply';
import type { Trouble as AppTrouble } from './types/Trouble';
import type { View } from './types/View';
import type { Waiting } from './types/Waiting';
import type { Wallet } from './types/Wallet';

/** Names a business on this device. */
export type BusinessId = string;

/** Every method may fail with a {@link HostTrouble}. */
export interface Host {
  /** The one thing a screen may ask about its surroundings: an app keeps businesses and commands, a browser does not. */
  readonly kind: 'app' | 'browser';
  /** What a start shows, in one answer. */
  opening(): Promise<Opening>;
  /** The businesses on this device. */
  businesses(): Promise<BusinessCard[]>;
  /** The business that was selected last, if there is one. */
  current(): Promise<BusinessId | null>;
  /** Opens a business, now and at the next start. */
  select(business: BusinessId): Promise<void>;
  /** Gets to know the business at an address. */
  connect(address: string): Promise<BusinessCard>;
  /** Forgets a business and everything of it on this device. Fails with `still_waiting` unless `loseWaiting`. */
  disconnect(business: BusinessId, loseWaiting: boolean): Promise<void>;
  view(business: BusinessId, view: View): Promise<Reply>;
  /**
   * Gives a command. Where it fails with `no_answer`, giving the same one again does nothing twice, and giving another
   * one takes it back first.
   */
  execute(business: BusinessId, command: Command): Promise<Receipt>;
  /** A code to show at the counter (Z08). Only an app can sign one: a browser answers `unknown_command`. */
  checkInCode(business: BusinessId, booking: BookingId): Promise<CheckInCode>;
  /** Commands without a verdict, the oldest first. */
  outbox(business: BusinessId): Promise<Waiting[]>;
  withdraw(business: BusinessId, id: CommandId): Promise<void>;
  /** Refusals that were not put away, the oldest first. */
  notices(business: BusinessId): Promise<Notice[]>;
  dismiss(business: BusinessId, id: CommandId): Promise<void>;
  /**
   * Asks for a mail with a link and six digits. `next` is the path to go on with; where the link opens a page of its
   * own, that page leads there.
   */
  requestLink(business: BusinessId, email: string, next?: string): Promise<LinkSent>;
  signInWithDigits(business: BusinessId, digits: string): Promise<void>;
  /** Finishes what a mailed link began. */
  signInWithCode(business: BusinessId, attempt: string, code: string): Promise<void>;
  signInWithPassword(business: BusinessId, email: string, password: string): Promise<void>;
  setPassword(business: BusinessId, current: string, fresh: string): Promise<void>;
  /** Fails with `still_waiting` unless `loseWaiting`. */
  signOut(business: BusinessId, loseWaiting: boolean): Promise<void>;
  syncNow(business: BusinessId): Promise<void>;
  /** How things stand with the customer's own calendar on this device. */
  ownCalendar(): Promise<OwnCalendarCard>;
  /** Turns keeping appointments in it on, which asks for leave, or off. */
  keepInCalendar(on: boolean): Promise<OwnCalendarCard>;
  /** Looks soon whether the calendar is as it should be: the customer may have been in it. */
  lookAtCalendar(): Promise<void>;
  /** Events that the customer moved there and was not answered about. */
  movedEvents(business: BusinessId): Promise<MovedEvent[]>;
  /** The appointment stays: its event goes back to where it was. */
  putEventBack(business: BusinessId, booking: BookingId): Promise<void>;
  /** What the customer has in their own calendar then, the appointment that is being moved aside. */
  clashes(from: Civil, to: Civil, moving?: BookingId): Promise<Clash[]>;
  /** Where an appointment is a file for any calendar; nothing where the app puts it into one by itself. */
  calendarFile(business: BusinessId, booking: BookingId): string | null;
  /** Gives one appointment to the program for appointments. */
  addToCalendar(business: BusinessId, booking: BookingId): Promise<HandedOver>;
  /** Which reminders this device shows; nothing where nobody can remind. */
  reminders(): Promise<ReminderSettings | null>;
  /** Fails with `not_acceptable` for hours or minutes out of bounds, and with `storage` where there is no tray. */
  setReminders(settings: ReminderSettings): Promise<void>;
  /** Whether reminders can be shown, and go on when the window is closed; nothing where nobody can remind. Looks anew. */
  reminding(): Promise<Reminding | null>;
  /** Whether the app starts at login; nothing where that is not for the app to say. */
  atLogin(): Promise<boolean | null>;
  setAtLogin(on: boolean): Promise<void>;
  /** The version of this app that is here and only waits for a yes. */
  updateReady(): Promise<string | null>;
  /** Puts it in place and starts it. */
  updateNow(): Promise<void>;
  /** Has a pass made and hands it to the wallet (M07, M08): here or in the browser, a page or a file opens. */
  addToWallet(business: BusinessId, wallet: Wallet, of: PassOf): Promise<void>;
  /** The first answer is painted: from now on the screens can be used. */
  drawn(): Promise<void>;
  /** A link that came and was not asked for yet; asking takes it. */
  pendingLink(): Promise<Link | null>;
  /** The release of the time zone database that decides; nothing when this host cannot tell. */
  zones(business: BusinessId): Promise<string | null>;
  /** Tells what happens until the answer is called. */
  events(listener: (event: Event) => void): () => void;
}

/** Why something could not be done: what an app may say, and what only a browser, which keeps no commands, may have to. */
export type Trouble =
  | AppTrouble
  /** It is not known what became of a command: it may have taken effect. */
  | { code: 'no_answer' }
  /** A booking that was given before, and got no answer, was made. The one that was given now was not sent. */
  | { code: 'booked_before'; facts: { booking: BookingId } };

/** A {@link Trouble} on its way up. `lib/words` makes the sentence. */
export class HostTrouble extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.code);
    this.name = 'HostTrouble';
  }
}

/** Whatever was thrown, as a trouble: what is not one broke in this program or behind it. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof HostTrouble) return thrown.trouble;
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string')
    return thrown as Trouble;
  return { code: 'server' };
}
