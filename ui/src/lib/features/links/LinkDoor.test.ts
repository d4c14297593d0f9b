import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Host } from '$lib/host';

const fake = vi.hoisted(() => ({ host: {} as Partial<Host>, goto: vi.fn() }));
vi.mock('$lib/host', async (original) => ({ ...(await original<object>()), host: () => fake.host }));
vi.mock('$app/navigation', () => ({ goto: fake.goto }));
vi.mock('$app/state', () => ({ page: { url: new URL('http://here/') } }));

const { default: LinkDoor } = await import('./LinkDoor.svelte');
const { businesses } = await import('../businesses/businesses.svelte');

const card = (id: string, customer: string | null) => ({
  id,
  address: `https://${id}.example`,
  colour: '#123456',
  customer,
});

let selected: string;
let link: { link: 'connect'; server: string } | null;

beforeEach(() => {
  selected = 'first';
  fake.goto.mockReset();
  fake.host = {
    businesses: async () => [card('first', 'me'), card('second', null)] as never,
    current: async () => selected,
    select: vi.fn(async (id: string) => void (selected = id)),
    connect: vi.fn(),
    events: async () => () => {},
    pendingLink: vi.fn(async () => {
      const taken = link;
      link = null;
      return taken;
    }),
  };
});
afterEach(cleanup);

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
