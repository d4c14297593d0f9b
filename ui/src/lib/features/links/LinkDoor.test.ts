import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Host, Link } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host>, goto: vi.fn() }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: fake.goto }));
vi.mock('$app/state', () => ({ page: { url: new URL('http://here/') } }));

const { default: LinkDoor } = await import('./LinkDoor.svelte');
const { businesses } = await import('../businesses/businesses.svelte');
const { toasts } = await import('$lib/components');
// Read when a sheet is first opened; here no test waits for that.
await import('$lib/components/SheetDialog.svelte');

const card = (id: string, customer: string | null) => ({
  id,
  address: `https://${id}.example`,
  colour: '#123456',
  customer,
});

let selected: string;
let link: Link | null;
let later: Link[];
let cards: unknown[];

beforeEach(() => {
  [selected, later] = ['first', []];
  cards = [card('first', 'me'), card('second', null)];
  fake.goto.mockReset();
  fake.host = {
    businesses: async () => cards as never,
    current: async () => selected,
    select: vi.fn(async (id: string) => void (selected = id)),
    connect: vi.fn(),
    events: () => () => {},
    pendingLink: vi.fn(async () => {
      const taken = link;
      link = later.shift() ?? null;
      return taken;
    }),
  };
});
afterEach(cleanup);

const bookingAt = (server: string): Link => ({ link: 'booking', server, booking: 'b-1' });

const question = () => screen.queryByText('Open this business?');

describe('a link to a business', () => {
  it('opens one that is known without a question', async () => {
    link = { link: 'connect', server: 'https://second.example' };
    render(LinkDoor);
    await waitFor(() => expect(fake.goto, 'its first page').toHaveBeenCalledWith('/sign-in'));
    expect(businesses.current?.id, 'it is the one that is open').toBe('second');
    expect(selected, 'at the next start, too').toBe('second');
    expect(question(), 'the yes was said long ago').toBeNull();
    expect(fake.host.connect, 'nothing is asked there').not.toHaveBeenCalled();
  });

  it('leaves whoever is there already on their page', async () => {
    link = { link: 'connect', server: 'https://first.example' };
    render(LinkDoor);
    await waitFor(() => expect(businesses.current?.id, 'the list was read').toBe('first'));
    await vi.waitFor(() => expect(link, 'the link was taken').toBeNull());
    expect(question(), 'no question').toBeNull();
    expect(fake.goto, 'no other page').not.toHaveBeenCalled();
  });

  it('asks before it gets to know another one', async () => {
    link = { link: 'connect', server: 'https://third.example' };
    render(LinkDoor);
    await waitFor(() => expect(question(), 'anybody can make a link').not.toBeNull());
    expect(screen.getByText('https://third.example'), 'who it is').toBeTruthy();
    expect(fake.host.connect, 'nothing happens before the yes').not.toHaveBeenCalled();
    expect(selected, 'nothing has changed').toBe('first');
  });
});

describe('a link to an appointment', () => {
  it('opens its page where somebody is signed in', async () => {
    link = bookingAt('https://first.example');
    render(LinkDoor);
    await waitFor(() => expect(fake.goto, 'its page').toHaveBeenCalledWith('/agenda/b-1'));
    expect(fake.goto, 'once').toHaveBeenCalledTimes(1);
  });

  it('goes by the sign-in of the business it belongs to', async () => {
    link = bookingAt('https://second.example');
    render(LinkDoor);
    await waitFor(() => expect(fake.goto).toHaveBeenCalledWith('/sign-in?next=%2Fagenda%2Fb-1'));
    expect(businesses.current?.id, 'that business is open').toBe('second');
  });

  it.each([
    ['is shown when this device knows it', 'screen', '/agenda/b-1'],
    ['waits for the sign-in when it does not', 'refused', '/sign-in?next=%2Fagenda%2Fb-1'],
  ])('after the end of a session %s', async (_, is, path) => {
    cards = [{ ...card('first', 'me'), connection: 'session_ended' }];
    fake.host.view = vi.fn(async () => ({ is }) as never);
    link = bookingAt('https://first.example');
    render(LinkDoor);
    await waitFor(() => expect(fake.goto).toHaveBeenCalledWith(path));
  });

  it('asks before it gets to know the business, and then leads there', async () => {
    const third = card('third', null);
    fake.host.connect = vi.fn(async () => {
      cards = [...cards, third];
      return third as never;
    });
    link = bookingAt('https://third.example');
    render(LinkDoor);
    await waitFor(() => expect(question(), 'anybody can make a link').not.toBeNull());
    expect(fake.host.connect, 'nothing happens before the yes').not.toHaveBeenCalled();
    screen.getByText('Open it').click();
    await waitFor(() => expect(fake.goto).toHaveBeenCalledWith('/sign-in?next=%2Fagenda%2Fb-1'));
    expect(selected, 'it is the one that is open').toBe('third');
  });
});

describe('two links to businesses that are not known', () => {
  beforeEach(() => {
    [link, later] = [bookingAt('https://third.example'), [bookingAt('https://fourth.example')]];
    fake.host.connect = vi.fn(async (address: string) => {
      const met = card(new URL(address).hostname.split('.')[0]!, null);
      cards = [...cards, met];
      return met as never;
    });
  });

  const asksAbout = (server: string) => waitFor(() => expect(screen.queryByText(server)).not.toBeNull());

  it('are asked about one after the other', async () => {
    render(LinkDoor);
    await asksAbout('https://third.example');
    expect(link, 'the other one has not been taken').toEqual(bookingAt('https://fourth.example'));
    screen.getByText('Open it').click();
    await asksAbout('https://fourth.example');
    expect(fake.host.connect, 'the yes was for the first alone').toHaveBeenCalledTimes(1);
    expect(fake.host.connect).toHaveBeenCalledWith('https://third.example');
    expect(fake.goto, 'where the first leads').toHaveBeenCalledTimes(1);
  });

  it('the second one also after a no to the first', async () => {
    render(LinkDoor);
    await asksAbout('https://third.example');
    screen.getByText('Not now').click();
    await asksAbout('https://fourth.example');
    expect(fake.host.connect).not.toHaveBeenCalled();
  });
});

describe('what cannot be done here yet', () => {
  it.each<[Link, string, RegExp]>([
    [
      { link: 'gift_card', server: 'https://first.example', code: 'RYE' },
      '/wallet',
      /^Gift cards cannot be kept here yet/,
    ],
    [
      { link: 'guest', server: 'https://first.example', token: 'abc' },
      '/agenda',
      /^Shared appointments cannot be shown/,
    ],
    [{ link: 'payment', server: 'https://first.example', payment: 'p' }, '/agenda', /^You are back from paying/],
    [
      { link: 'check_in', server: 'https://first.example', token: 'abc' },
      '/agenda',
      /^Open your appointment to check in/,
    ],
  ])('is said, and the place is opened: %o', async (wanted, path, words) => {
    link = wanted;
    render(LinkDoor);
    await waitFor(() => expect(fake.goto).toHaveBeenCalledWith(path));
    expect(toasts.said.at(-1)?.text, 'it does not pretend').toMatch(words);
  });
});
