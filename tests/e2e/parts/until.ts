/** Waiting for what another program does. */
import { expect } from '@playwright/test';

/** Asks again until there is an answer, and returns it. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | null | false>, timeout = 15_000): Promise<T> {
	let found: T | undefined | null | false;
	await expect
		.poll(
			async () => {
				found = await ask();
				return Boolean(found);
			},
			{ message: what, timeout, intervals: [20, 50, 100, 200] }
		)
		.toBe(true);
	return found as T;
}
