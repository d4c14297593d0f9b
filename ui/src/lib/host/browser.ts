/**
 * The screens in a browser: the same questions go to the server that the page came from. It is the only business there
 * is, its session is a cookie, and nothing is kept for later: a command gets its verdict at once or fails.
 */
import { HostTrouble, troubleOf, type Host } from './host';
import { device, forget, forgetDevice, keep, kept, secret } from './browser/attempt';
import { commands } from './browser/commands';
import { line } from './browser/line';
import { hearTabs, tellTabs } from './browser/tabs';
import { ask, DeviceTaken, Refused } from './browser/wire';
import type { BusinessCard } from './types/BusinessCard';
import type { Event } from './types/Event';
import type { Hello } from './types/Hello';
import type { LinkSent } from './types/LinkSent';
import type { PassLink } from './types/PassLink';
import type { Proof } from './types/Proof';
import type { Reply } from './types/Reply';
import type { Screen } from './types/Screen';
import type { SignedIn } from './types/SignedIn';
import type { Verdict } from './types/Verdict';

/** The one business of a browser. */
export const here = '00000000-0000-7000-8000-000000000000';

export function browserHost(): Host {
  const listeners = new Set<(event: Event) => void>();
  const tell = (event: Event) => listeners.forEach((listener) => listener(event));
  const changed = () => tell({ event: 'changed', business: here });
  const cardChanged = () => tell({ event: 'card', business: here });

  let hello: Hello | undefined;
  let customer: string | null = null;
  let ended = false;
  let known = false;
  /** What the server answered last, so that what was on screen stays readable without it. */
  const answers = new Map<string, Reply>();
  const given = commands((execute) => request<Verdict>('POST', 'execute', execute), changed);

  const post = line(changed, cardChanged, async () => {
    await ask<Hello>('GET', 'hello');
    post.answered();
  });

  /** A request that also tells the line and the session how they stand. */
  async function request<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<T> {
    try {
      const answer = await ask<T>(method, path, body);
      post.answered();
      return answer;
    } catch (thrown) {
      if (thrown instanceof Refused) post.answered();
      else if (troubleOf(thrown).code === 'offline') post.failed();
      else post.answered();
      throw thrown;
    }
  }

  /** Nothing of one customer is for the next. */
  function become(who: string | null) {
    if (customer !== who) answers.clear();
    if (who !== null) {
      given.belongTo(who);
      ended = false;
    }
    customer = who;
    known = true;
  }

  function signedIn(who: string | null) {
    const left = customer !== null && who === null;
    become(who);
    ended = left;
    post.listen();
    tellTabs();
    cardChanged();
    changed();
  }

  /** The server says that nobody is. Where that was known, or nothing was, no other tab has to hear of it. */
  function notSignedIn() {
    if (customer !== null) return signedIn(null);
    if (known) return;
    become(null);
    cardChanged();
  }

  /** Who holds the cookie, which no script can see: the profile says. */
  async function whoAmI(): Promise<void> {
    try {
      const screen = await request<Screen>('POST', 'view', { view: 'profile' });
      if (screen.view === 'profile') become(screen.id);
    } catch (thrown) {
      const nobody = thrown instanceof Refused || troubleOf(thrown).code === 'not_signed_in';
      if (!nobody) return;
      become(null);
    }
    post.listen();
  }

  // A mailed link opens in another tab and signs this one in, too.
  hearTabs(() => {
    const before = customer;
    // If it cannot be asked now, it is as soon as something answers.
    known = false;
    void whoAmI().then(() => {
      if (customer === before) return;
      ended = false;
      cardChanged();
      changed();
    });
  });

  /** Asked by several parts of a page at once, done once. */
  let first: Promise<void> | undefined;
  const meet = () => (first ??= getToKnow().finally(() => (first = undefined)));
  async function getToKnow(): Promise<void> {
    if (!hello) {
      try {
        hello = await request<Hello>('GET', 'hello');
      } catch {
        return;
      }
    }
    if (!known) await whoAmI();
  }

  /** Why a command was not sent. Nobody says that nothing was done where an earlier one may have been. */
  const unsent = () =>
    new HostTrouble({ code: given.isOpen() ? 'no_answer' : post.state === 'offline' ? 'offline' : 'server' });

  function card(): BusinessCard {
    return {
      id: here,
      address: location.origin,
      name: hello?.name ?? location.host,
      tagline: hello?.tagline ?? '',
      logo: hello?.logo ?? '',
      colour: hello?.colour ?? '',
      demo_email: hello?.demo_email ?? null,
      wallets: hello?.wallets ?? [],
      customer,
      connection: ended ? 'session_ended' : post.state,
      as_of: post.heard,
      ready: known,
      waiting: 0,
      refused: 0,
    };
  }

  /** Asks for a session; when the server knows this browser as somebody else's, once more as another one. */
  async function signIn(path: string, facts: object): Promise<void> {
    const session = () => request<SignedIn>('POST', path, { ...facts, device: device(), browser: true });
    const { customer: who } = await session().catch((thrown: unknown) => {
      if (!(thrown instanceof DeviceTaken)) throw thrown;
      forgetDevice();
      return session();
    });
    ended = false;
    signedIn(who);
  }

  async function token(attempt: string, verifier: string, proof: Proof): Promise<void> {
    await signIn('sign-in/token', { attempt, verifier, proof });
    forget();
  }

  const nothingHere = () => Promise.reject(new HostTrouble({ code: 'no_business' }));

  return {
    kind: 'browser',
    async businesses() {
      await meet();
      return [card()];
    },
    // A page in a browser asks for its agenda when it is there: nothing else may wait for the server's answer.
    async opening() {
      return { businesses: await this.businesses(), current: here, agenda: null };
    },
    current: async () => here,
    select: async () => {},
    connect: nothingHere,
    disconnect: nothingHere,
    async view(_business, view) {
      const key = JSON.stringify(view);
      try {
        const screen = await request<Screen>('POST', 'view', view);
        const reply: Reply = { is: 'screen', screen };
        answers.set(key, reply);
        return reply;
      } catch (thrown) {
        if (thrown instanceof Refused) return { is: 'refused', refusal: thrown.refusal };
        const trouble = troubleOf(thrown);
        if (trouble.code === 'not_signed_in') notSignedIn();
        const before = answers.get(key);
        if (trouble.code === 'offline' && before) return before;
        throw new HostTrouble(trouble);
      }
    },
    async execute(_business, command) {
      // What was lost before this page has its end before anything else is sent, and whoever gave it asks for that.
      if (!known) await meet();
      if (!known) throw unsent();
      try {
        return await given.execute(command);
      } catch (thrown) {
        if (troubleOf(thrown).code === 'not_signed_in') signedIn(null);
        throw thrown;
      }
    },
    checkInCode: async () => ({ is: 'refused', refusal: { code: 'unknown_command' } }),
    outbox: async () => [],
    withdraw: () => Promise.reject(new HostTrouble({ code: 'too_late' })),
    notices: async () => [],
    dismiss: async () => {},
    async requestLink(_business, email, next) {
      const { verifier, challenge } = await secret();
      const sent = await request<LinkSent>('POST', 'sign-in/link', { email, challenge, app: false });
      keep({ attempt: sent.attempt, verifier, next });
      return sent;
    },
    async signInWithDigits(_business, digits) {
      const own = kept();
      if (!own) throw new HostTrouble({ code: 'no_attempt' });
      await token(own.attempt, own.verifier, { digits });
    },
    async signInWithCode(_business, attempt, code) {
      const own = kept();
      if (own?.attempt !== attempt) throw new HostTrouble({ code: 'no_attempt' });
      await token(own.attempt, own.verifier, { code });
    },
    async signInWithPassword(_business, email, password) {
      await signIn('sign-in/password', { email, password });
    },
    async setPassword(_business, current, fresh) {
      await request('PUT', 'password', { current, new: fresh });
    },
    async signOut() {
      await request('POST', 'sign-out');
      given.forget();
      forgetDevice();
      signedIn(null);
      ended = false;
      cardChanged();
    },
    async syncNow() {
      hello = await request<Hello>('GET', 'hello');
      changed();
      cardChanged();
    },
    // A page cannot look after the calendar of whoever looks at it.
    ownCalendar: async () => ({ offered: false, on: false, name: null, lets_move: false, problem: null }),
    keepInCalendar: async () => ({ offered: false, on: false, name: null, lets_move: false, problem: 'missing' }),
    lookAtCalendar: async () => {},
    movedEvents: async () => [],
    putEventBack: async () => {},
    clashes: async () => [],
    calendarFile: (_business, booking) => `/api/v1/bookings/${booking}/calendar.ics`,
    addToCalendar: () => Promise.reject(new HostTrouble({ code: 'server' })),
    // A page that is closed reminds nobody.
    reminders: async () => null,
    setReminders: () => Promise.reject(new HostTrouble({ code: 'server' })),
    reminding: async () => null,
    atLogin: async () => null,
    setAtLogin: () => Promise.reject(new HostTrouble({ code: 'server' })),
    // A page is always as new as its server.
    updateReady: async () => null,
    updateNow: async () => {},
    async addToWallet(_business, wallet, of) {
      try {
        const { url } = await request<PassLink>('POST', 'passes', { wallet, of });
        const target = new URL(url, location.href);
        if (!['https:', location.protocol].includes(target.protocol)) throw new HostTrouble({ code: 'server' });
        // A file is taken by the phone's wallet or downloaded, and this page stays; Google's page comes in its place.
        location.assign(target);
      } catch (thrown) {
        if (thrown instanceof Refused) throw new HostTrouble({ code: 'not_acceptable' });
        const trouble = troubleOf(thrown);
        if (trouble.code === 'not_signed_in' && customer !== null) signedIn(null);
        throw new HostTrouble(trouble);
      }
    },
    drawn: async () => {},
    pendingLink: async () => null,
    zones: async () => hello?.zones ?? null,
    events(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
