import type { Handle } from '@sveltejs/kit';

/** The two faces of the first screen in Latin letters; whoever writes in others has them loaded when they are seen. */
const first = /\/(?:fraunces-latin-opsz|inter-latin-wght)-normal\./;

/**
 * Runs once, when the page is built. Its head asks for the first screen's faces, so that they are there before the first
 * text is: text that is laid out without its face has every name after it looked up, and is laid out again.
 */
export const handle: Handle = ({ event, resolve }) =>
  resolve(event, { preload: ({ type, path }) => (type === 'font' ? first.test(path) : type !== 'asset') });
