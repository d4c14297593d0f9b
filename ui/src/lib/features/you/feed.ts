/** The addresses of a calendar feed (Y12). */

/** Where the feed with a secret is on a business's server. */
export function feedAddress(server: string, secret: string): string {
  return `${server.replace(/\/+$/, '')}/feed/${secret}.ics`;
}

/** The same for a system that knows a calendar program: it offers to subscribe instead of loading a file. */
export function subscribeAddress(address: string): string {
  return address.replace(/^https?:/, 'webcal:');
}
