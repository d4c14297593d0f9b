/** Where to go after signing in: back to where it was asked for, but never out of the app. */
export function nextOf(search: URLSearchParams): string {
  const next = search.get('next') ?? '';
  // `//host` and `/\host` are other sites to a browser.
  return /^\/(?![/\\])/.test(next) ? next : '/agenda';
}
