import { render, screen } from '@testing-library/svelte';
import { expect, it } from 'vitest';

import NotFound from '../../../routes/+error.svelte';

it('has a title that takes the focus, as every page has', () => {
  render(NotFound);
  const title = screen.getByRole('heading', { level: 1, name: 'Datebook' });
  expect(title.getAttribute('tabindex'), 'a screen that was gone to gives it the focus').toBe('-1');
});
