import { describe, expect, it, vi } from 'vitest';
import { browserHost, here } from '../browser';
import { freshBrowser, hello, nobody, profile, server, Stream } from './fixtures';

freshBrowser();

describe('the line to the server', () => {
  it('does not ask again at once when the server refuses to be listened to', async () => {
    const opened: Stream[] = [];
    class Refusing extends Stream {
      constructor() {
        super();
        opened.push(this);
      }
    }
    vi.stubGlobal('EventSource', Refusing);
    server({ hello: { body: hello }, view: nobody });
    const host = browserHost();
    await host.businesses();
    expect(opened.length, 'a visitor listens, too').toBe(1);
    opened[0]!.readyState = Stream.CLOSED;
    opened[0]!.dispatchEvent(new Event('error'));
    await host.syncNow(here);
    expect(opened.length, 'an answer is no reason to ask for the stream again').toBe(1);
  });

  it('reads again when the stream of pokes comes back', async () => {
    const opened: EventTarget[] = [];
    class Listened extends Stream {
      constructor() {
        super();
        opened.push(this);
      }
    }
    vi.stubGlobal('EventSource', Listened);
    server({ hello: { body: hello }, view: { body: profile } });
    const host = browserHost();
    await host.businesses();
    const events: string[] = [];
    host.events(({ event }) => void events.push(event));
    opened[0]!.dispatchEvent(new Event('open'));
    expect(events, 'nothing was missed before the first').not.toContain('changed');
    opened[0]!.dispatchEvent(new Event('error'));
    await host.syncNow(here);
    events.length = 0;
    opened[0]!.dispatchEvent(new Event('open'));
    expect(events, 'what was poked meanwhile nobody heard').toContain('changed');
    events.length = 0;
    opened[0]!.dispatchEvent(new Event('open'));
    expect(events, 'and once is enough').not.toContain('changed');
  });
});
