import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { counterDay, expected, NOW } from '$lib/fixtures/counter';
import { HostTrouble } from '$lib/host';

const host = vi.hoisted(() => ({ keepCheckIn: vi.fn(), keptDay: vi.fn() }));
vi.mock('$lib/host/counter', async (original) => ({
  ...(await original<object>()),
  ...host,
  fetchDay: () => Promise.reject(new HostTrouble({ code: 'offline' })),
  forgetOld: () => Promise.resolve(),
  keptCheckIns: () => Promise.resolve([]),
  settle: () => Promise.reject(new HostTrouble({ code: 'offline' })),
}));

const { default: CounterPage } = await import('./CounterPage.svelte');

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(NOW) });
  vi.resetAllMocks();
  const after = { ...expected('after', '2026-03-06', '00:30'), customer: 'Grace', opens: NOW };
  const day = counterDay([expected('before', '2026-03-05', '23:30'), after]);
  host.keptDay.mockResolvedValue({ day, ahead: 0 });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** The page of a counter that is open. */
async function shown() {
  render(CounterPage, { invitation: '', clear: () => undefined });
  await vi.advanceTimersByTimeAsync(0);
}

it('says the date of a visit after midnight, and no other', async () => {
  await shown();
  const [before, after] = within(screen.getByRole('list')).getAllByRole('listitem');
  expect(before!.textContent, 'today goes without saying').not.toContain('Mar');
  expect(after!.textContent, 'tomorrow does not').toContain('Fri 6 Mar');
  await fireEvent.click(within(after!).getByRole('button'));
  await vi.advanceTimersByTimeAsync(0);
  const [welcome] = screen.getAllByText(/Cut with Anna/);
  expect(welcome!.textContent, 'also when she is welcomed').toContain('Fri 6 Mar, 00:30');
  expect(screen.getByText('Checked in.')).toBeTruthy();
});

it('says what is in the way of the first day, and offers to try again', async () => {
  host.keptDay.mockResolvedValue(undefined);
  await shown();
  expect(screen.getByRole('heading').textContent, 'it is not called no counter').toContain('not known yet');
  expect(screen.getByText(/cannot be reached/)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy();
});

it('leaves what was typed there when the disk refused, to be tried again', async () => {
  host.keepCheckIn.mockRejectedValueOnce(new Error('the disk is full'));
  await shown();
  const field: HTMLInputElement = screen.getByLabelText('Reference or name');
  await fireEvent.input(field, { target: { value: '0123abcd' } });
  const submit = () => fireEvent.submit(field.form!);
  await submit();
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.getByText(/could not save it/)).toBeTruthy();
  expect(field.value, 'it is still there').toBe('0123abcd');
  await submit();
  await vi.advanceTimersByTimeAsync(0);
  expect([screen.queryByText('Checked in.') !== null, field.value], 'the second time it is done').toEqual([true, '']);
});
