import { cleanup, render, waitFor } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';

vi.mock('./SheetDialog.svelte', () => {
  throw new Error('the network is gone');
});

const { default: Sheet } = await import('./Sheet.svelte');
const { toasts } = await import('./toast.svelte');

afterEach(cleanup);

it('says so and stays shut when what it is made of cannot be read', async () => {
  const said = vi.spyOn(toasts, 'say');
  const onclose = vi.fn();
  const children = createRawSnippet(() => ({ render: () => '<p>inside</p>' }));
  render(Sheet, { open: true, title: 'Cancel', onclose, children });
  await waitFor(() => expect(said, 'a press that does nothing is a fault').toHaveBeenCalledTimes(1));
  expect(onclose, 'whoever opened it knows that it is shut').toHaveBeenCalledTimes(1);
});

it('reads nothing until it is opened', async () => {
  const said = vi.spyOn(toasts, 'say');
  said.mockClear();
  const children = createRawSnippet(() => ({ render: () => '<p>inside</p>' }));
  render(Sheet, { open: false, title: 'Cancel', children });
  await vi.dynamicImportSettled();
  expect(said, 'it did not try').not.toHaveBeenCalled();
});
