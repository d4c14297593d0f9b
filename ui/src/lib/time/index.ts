export { now, tick } from './now.svelte';
export * from './civil';
export * from './zone';
