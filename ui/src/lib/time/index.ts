export { now, tick } from './now.svelte';
export { asTimePasses } from './passing.svelte';
export * from './civil';
export * from './zone';
