import { redirect } from '@sveltejs/kit';
import { businesses } from '$lib/features/businesses/businesses.svelte';

/** Opens the book where it makes sense, before anything is drawn. */
export async function load(): Promise<never> {
  await businesses.again();
  redirect(307, businesses.opensAt);
}
