import { businesses } from '$lib/features/businesses/businesses.svelte';

// As early as there is a script at all. The counter's page has nothing of a customer.
if (location.pathname !== '/counter') businesses.begin();
