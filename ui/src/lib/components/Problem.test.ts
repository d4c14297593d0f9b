import { cleanup, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { afterEach, expect, it } from 'vitest';

import Problem from './Problem.svelte';

afterEach(cleanup);

const children = createRawSnippet(() => ({ render: () => '<p>It is gone.</p>' }));

it('is heard at once, or when there is a pause', () => {
  render(Problem, { children });
  expect(screen.getByRole('alert').textContent, 'what went wrong').toBe('It is gone.');
  cleanup();
  render(Problem, { children, role: 'status' });
  expect(screen.queryByRole('alert'), 'what nobody waits for interrupts nobody').toBeNull();
  expect(screen.getByRole('status').textContent).toBe('It is gone.');
});

it('is drawn in one place', () => {
  const parts = import.meta.glob<string>('/src/**/*.svelte', { query: '?raw', import: 'default', eager: true });
  const frame = (rule: string) => /border-left:[^;]*--bad\)/.test(rule) && rule.includes('--bad-paper');
  const drawn = Object.keys(parts).filter((path) => parts[path]!.split('}').some(frame));
  expect(drawn, 'a second frame would be another style').toEqual(['/src/lib/components/Problem.svelte']);
});
