/**
 * Signing in: an address, then the digits of the mail; or a password. What was typed stays until it is done.
 */
import { host, troubleOf, type Trouble } from '$lib/host';

export type Step = 'email' | 'digits' | 'password';

/** An address is anything with something on both sides of an `@`; the mail shows whether it is right. */
export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text.trim()) && text.trim().length <= 254;
}

/** The digits in what was typed or pasted: `123 456` and `Your code: 123456` count too. */
export function digitsIn(text: string): string {
  return text.replace(/\D/g, '').slice(0, 6);
}

export class SignIn {
  step = $state<Step>('email');
  email = $state('');
  digits = $state('');
  password = $state('');
  busy = $state(false);
  trouble = $state.raw<Trouble>();
  /** Whether a field needs another look before anything is sent. */
  incomplete = $state(false);

  /** `next` is the path to go on with. */
  constructor(
    readonly business: () => string,
    readonly next: () => string,
  ) {}

  async #try(act: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.trouble = undefined;
    this.incomplete = false;
    try {
      await act();
      return true;
    } catch (thrown) {
      this.trouble = troubleOf(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }

  go(step: Step): void {
    this.step = step;
    this.trouble = undefined;
    this.incomplete = false;
    this.digits = '';
    this.password = '';
  }

  /** Asks for the mail. */
  async send(email: string = this.email): Promise<boolean> {
    this.incomplete = !isEmail(email);
    if (this.incomplete) return false;
    this.email = email.trim();
    const sent = await this.#try(async () => void (await host().requestLink(this.business(), this.email, this.next())));
    if (sent) {
      this.step = 'digits';
      this.digits = '';
    }
    return sent;
  }

  async useDigits(): Promise<boolean> {
    this.incomplete = digitsIn(this.digits).length < 6;
    if (this.incomplete) return false;
    const done = await this.#try(() => host().signInWithDigits(this.business(), digitsIn(this.digits)));
    // Others are not wrong: they may be sent once more, or are being sent.
    if (this.trouble?.code === 'wrong_credentials') this.digits = '';
    return done;
  }

  async usePassword(): Promise<boolean> {
    this.incomplete = !isEmail(this.email) || this.password === '';
    if (this.incomplete) return false;
    return this.#try(() => host().signInWithPassword(this.business(), this.email.trim(), this.password));
  }
}
