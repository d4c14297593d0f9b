/** One page, made in the browser: the app has no server of its own to render it. */
export const ssr = false;
export const prerender = false;
export const trailingSlash = 'never';
