/**
 * The line to the server: whether it answers, and what it pokes.
 *
 * Whether a visitor may listen to pokes is for the server to say. The screens ask again after a stream that was lost:
 * what was poked meanwhile nobody heard. Where there is none, they ask as time passes, as all screens do.
 *
 * In a browser nothing is kept for later, so the line must never claim to be better than it is: one failed request, or
 * the end of the stream of pokes, counts as offline until something answers again.
 */

/** How it stands. */
export type State = 'online' | 'connecting' | 'offline';

export interface Line {
  readonly state: State;
  /** When something answered for the last time, as an instant in UTC. */
  readonly heard: string | null;
  /** Something answered. */
  answered(): void;
  /** Nothing answered. */
  failed(): void;
  /** Opens the stream of pokes, anew when it is open: what it tells depends on who is signed in. */
  listen(): void;
}

/** How long to leave the server alone after it refused to be listened to, in milliseconds. */
const REFUSED_FOR = 30_000;

/** `poked` is called when something may have changed, `turned` when the state did. */
export function line(poked: () => void, turned: () => void, probe: () => Promise<void>): Line {
  let state: State = 'connecting';
  let heard: string | null = null;
  let stream: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  /** Runs while the server does not let this visitor listen. */
  let refused: ReturnType<typeof setTimeout> | undefined;
  /** Whether a stream was lost, and none has come since. */
  let lost = false;
  let tries = 0;

  const turn = (next: State) => {
    if (state === next) return;
    const back = state === 'offline' && next === 'online';
    state = next;
    turned();
    if (back) poked();
  };

  /** Asks again after 1, 2, 4 … 30 seconds, a little scattered so that many browsers do not come back at once. */
  const later = () => {
    clearTimeout(again);
    const wait = Math.min(30_000, 1000 * 2 ** tries++) * (0.75 + Math.random() / 2);
    again = setTimeout(() => void probe().catch(() => later()), wait);
  };

  const open = () => {
    clearTimeout(refused);
    refused = undefined;
    stream = new EventSource('/api/v1/pokes');
    stream.addEventListener('open', () => {
      self.answered();
      if (!lost) return;
      lost = false;
      poked();
    });
    stream.addEventListener('poke', () => {
      self.answered();
      poked();
    });
    stream.addEventListener('error', () => {
      lost = true;
      // A closed stream was refused (no place, not allowed): the browser opens only lost ones again by itself.
      if (stream?.readyState === EventSource.CLOSED) {
        stream = undefined;
        refused = setTimeout(() => wanted && open(), REFUSED_FOR);
      }
      void probe().catch(() => self.failed());
    });
  };

  let wanted = false;
  const self: Line = {
    get state() {
      return state;
    },
    get heard() {
      return heard;
    },
    answered() {
      heard = new Date().toISOString();
      tries = 0;
      clearTimeout(again);
      turn('online');
      if (wanted && !stream && !refused) open();
    },
    failed() {
      turn('offline');
      later();
    },
    listen() {
      wanted = true;
      stream?.close();
      open();
    },
  };

  window.addEventListener('offline', () => self.failed());
  window.addEventListener('online', () => void probe().catch(() => self.failed()));
  return self;
}
