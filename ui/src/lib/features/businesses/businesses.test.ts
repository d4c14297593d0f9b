import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cardOf } from '$lib/fixtures/card';
import type { Event, Host, Opening } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host> }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));

const { businesses } = await import('./businesses.svelte');

const reply = { is: 'screen', screen: { view: 'agenda', tickets: [], next: null } };
const cards = [{ id: 'first', colour: '#123456', customer: 'me' }];
let tell: (event: Event) => void;

beforeEach(() => {
  vi.useRealTimers();
  fake.host = {
    opening: vi.fn(async () => ({ businesses: cards, current: 'first', agenda: reply }) as unknown as Opening),
    businesses: vi.fn(async () => cards as never),
    current: vi.fn(async () => 'first'),
    events: (listener) => {
      tell = listener;
      return () => {};
    },
  };
});

it('begins with one question, and hands its agenda out once', async () => {
  businesses.begin();
  await businesses.again();
  expect(fake.host.businesses, 'one question was enough').not.toHaveBeenCalled();
  expect(businesses.current?.id, 'the list stands').toBe('first');
  expect(businesses.takeAgenda('first'), 'what the start found').toEqual(reply);
  expect(businesses.takeAgenda('first'), 'it is used up').toBeUndefined();
  await businesses.again();
  expect(fake.host.businesses, 'from then on it asks anew').toHaveBeenCalledTimes(1);
});

it('shows no agenda that may have changed, of another business, or of long ago', async () => {
  const begin = async () => {
    businesses.begin();
    await businesses.again();
  };
  businesses.begin();
  tell({ event: 'changed', business: 'first' });
  await businesses.again();
  expect(businesses.takeAgenda('first'), 'something happened before the answer was there').toBeUndefined();
  await begin();
  tell({ event: 'changed', business: 'first' });
  expect(businesses.takeAgenda('first'), 'or after').toBeUndefined();
  await begin();
  expect(businesses.takeAgenda('second'), 'of another').toBeUndefined();
  await begin();
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
  expect(businesses.takeAgenda('first'), 'of a minute ago').toBeUndefined();
});

it.each<[Host['kind'], string | null, boolean, string, string]>([
  ['app', null, false, '/sign-in', 'an app knows it by itself'],
  ['browser', null, true, '/sign-in', 'the server said that nobody is'],
  ['browser', null, false, '/agenda', 'of whom nothing is known nobody says that they must sign in'],
  ['browser', 'me', true, '/agenda', 'somebody is signed in'],
])('opens in a %s with %j (known: %j) at %s: %s', async (kind, customer, ready, path) => {
  const begun = { businesses: [cardOf({ customer, ready })], current: '1', agenda: null };
  fake.host = { ...fake.host, kind, opening: async () => begun };
  businesses.begin();
  await businesses.again();
  expect(businesses.opensAt).toBe(path);
});

it('says what was wrong with the start, and asks again', async () => {
  fake.host.opening = vi.fn(async () => Promise.reject({ code: 'storage', facts: { detail: 'full' } }));
  businesses.begin();
  await businesses.again();
  expect(businesses.trouble?.code, 'why there is nothing').toBe('storage');
  await businesses.again();
  expect([businesses.trouble, businesses.cards.length], 'the second time it works').toEqual([undefined, 1]);
});

describe('of answers that cross on their way', () => {
  let answers: ((current: string) => void)[];

  beforeEach(() => {
    answers = [];
    fake.host.businesses = async () => [cardOf({ id: 'first' }), cardOf({ id: 'second' })];
    fake.host.current = () => new Promise((answer) => answers.push(answer));
    fake.host.select = async () => undefined;
  });

  it('the older one changes nothing any more', async () => {
    const [older, newer] = [businesses.again(), businesses.again()];
    answers[1]!('second');
    await newer;
    answers[0]!('first');
    await older;
    expect(businesses.current?.id, 'what was asked last holds').toBe('second');
  });

  it('whoever asked first goes on when the newer one is there', async () => {
    const [older] = [businesses.again(), businesses.again()];
    answers[0]!('first');
    answers[1]!('second');
    await older;
    expect(businesses.current?.id, 'not with what holds no more').toBe('second');
  });

  it('one from before another business was opened does not close it', async () => {
    const older = businesses.again();
    await businesses.open('second');
    answers[0]!('first');
    answers[1]!('second');
    await older;
    expect(businesses.current?.id).toBe('second');
  });
});
