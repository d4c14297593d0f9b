import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it } from 'vitest';

import Field from './Field.svelte';

afterEach(cleanup);

it.each([undefined, 3])(
  'says what is wrong when it turns out, and again where the field is (rows: %s)',
  async (rows) => {
    const props = { label: 'Name', value: '', hint: 'As on your card.', ...(rows ? { rows } : {}) };
    const { rerender } = render(Field, props);
    const field = screen.getByRole('textbox', { name: 'Name' });
    const described = () =>
      field
        .getAttribute('aria-describedby')
        ?.split(' ')
        .map((id) => document.getElementById(id));
    expect(screen.queryByRole('alert'), 'nothing is wrong yet').toBeNull();
    expect(
      described()?.map((one) => one?.textContent),
      'only what helps',
    ).toEqual(['As on your card.']);
    await rerender({ ...props, error: 'Write a name.' });
    expect(screen.getByRole('alert').textContent, 'it is heard without looking for it').toBe('Write a name.');
    expect(described()?.at(-1), 'and whoever comes to the field hears it there').toBe(screen.getByRole('alert'));
    expect(field.getAttribute('aria-invalid')).toBe('true');
  },
);
