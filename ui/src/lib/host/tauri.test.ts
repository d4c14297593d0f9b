import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { troubleOf } from './host';
import { tauriHost } from './tauri';

afterEach(() => void vi.unstubAllGlobals());

describe('the app’s host', () => {
  const invoked: [string, unknown][] = [];
  /** What the shell would call when something happens. */
  let emit: (event: { payload: { event: string } }) => void;
  beforeEach(() => {
    invoked.length = 0;
    vi.stubGlobal('__TAURI_INTERNALS__', {
      invoke: async (command: string, facts: unknown) => {
        invoked.push([command, facts]);
        if (command === 'sign_out') throw { code: 'still_waiting', facts: { waiting: 2 } };
        return null;
      },
      transformCallback: (callback: typeof emit) => {
        emit = callback;
        return 1;
      },
    });
  });

  it('listens once for everybody who wants to hear', () => {
    const host = tauriHost();
    const [heard, ended]: [string[], string[]] = [[], []];
    host.events(({ event }) => void heard.push(event));
    const end = host.events(({ event }) => void ended.push(event));
    emit({ payload: { event: 'card' } });
    end();
    emit({ payload: { event: 'link' } });
    expect(
      invoked.map(([command]) => command),
      'each question costs the start',
    ).toEqual(['plugin:event|listen']);
    expect(heard, 'whoever listens hears everything').toEqual(['card', 'link']);
    expect(ended, 'whoever stopped hears nothing more').toEqual(['card']);
  });

  it('calls the shell’s commands by their names', async () => {
    const host = tauriHost();
    await host.businesses();
    await host.view('1', { view: 'profile' });
    await host.withdraw('1', 'c');
    await host.signInWithCode('1', 'at', 'code');
    await host.setPassword('1', 'old', 'new');
    await host.disconnect('1', true);
    expect(invoked, 'these names are src-tauri/commands.rs').toEqual([
      ['plugin:event|listen', expect.objectContaining({ event: 'datebook' })],
      ['businesses', {}],
      ['view', { business: '1', view: { view: 'profile' } }],
      ['withdraw', { business: '1', id: 'c' }],
      ['sign_in_with_code', { business: '1', attempt: 'at', code: 'code' }],
      ['set_password', { business: '1', current: 'old', new: 'new' }],
      ['disconnect', { business: '1', loseWaiting: true }],
    ]);
  });

  it('hands troubles on with their facts', async () => {
    const what = await tauriHost().signOut('1', false).catch(troubleOf);
    expect(what, 'the sheet needs the number').toEqual({ code: 'still_waiting', facts: { waiting: 2 } });
  });
});
