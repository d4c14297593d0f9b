import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it } from 'vitest';

import { inBerlin } from '$lib/fixtures/civil';

import Ticket from './Ticket.svelte';

/** Of a day long ago. */
const ticket = {
  ...{ booking: 'b', service: 'Cut', variant: 'Short', staff: 'Mara', place: 'Mitte', minutes: 60 },
  ...{ start: inBerlin('2020-11-26', '14:00'), end: inBerlin('2020-11-26', '15:00'), state: 'completed' },
  ...{ waiting: false, price: { minor: 4200, currency: 'EUR' }, paid: { minor: 4200, currency: 'EUR' } },
};
const open = (more: object = {}) => render(Ticket, { ticket: { ...ticket, ...more } } as never);

afterEach(cleanup);

it('says in a list of what is over what was paid', () => {
  open();
  expect(screen.getByText('Short · 1 h · €42.00 paid')).toBeTruthy();
  cleanup();
  open({ paid: { minor: 0, currency: 'EUR' } });
  expect(screen.getByText('Short · 1 h'), 'what was paid elsewhere nobody here knows').toBeTruthy();
  cleanup();
  const soon = { start: inBerlin('2099-11-26', '14:00'), end: inBerlin('2099-11-26', '15:00'), state: 'confirmed' };
  open(soon);
  expect(screen.getByText('Short · 1 h'), 'it is still to come').toBeTruthy();
});
