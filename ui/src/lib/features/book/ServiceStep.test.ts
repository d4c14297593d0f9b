import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it } from 'vitest';

import ServiceStep from './ServiceStep.svelte';

const service = { id: 's', name: 'Bridal hair', description: '', category: 'c', variants: [], online_booking: false };
const catalogue = {
  ...{ name: 'Rye', services: [service], categories: [{ id: 'c', name: 'Hair' }] },
  contact: { phone: '', email: 'hello@rye.example' },
};
const open = (phone: string) => {
  const contact = { ...catalogue.contact, phone };
  render(ServiceStep, { catalogue: { ...catalogue, contact }, draft: {}, link: () => '' } as never);
};

afterEach(cleanup);

it('sends to the telephone only where there is one', () => {
  open('');
  expect(screen.queryByText(/By phone only/), 'there is none to call').toBeNull();
  expect(screen.getByText(/Ask them/)).toBeTruthy();
  expect(screen.getByRole('link', { name: 'hello@rye.example' }).getAttribute('href')).toBe('mailto:hello@rye.example');
  cleanup();
  open('030 1234');
  expect(screen.getByText(/By phone only/)).toBeTruthy();
  expect(screen.getByRole('link', { name: '030 1234' }).getAttribute('href')).toBe('tel:0301234');
});
