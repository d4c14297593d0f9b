import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** One page that runs everywhere: in the app's window, and from the server in a browser. */
export default {
  preprocess: vitePreprocess(),
  kit: {
    adapter: adapter({ pages: 'build', assets: 'build', fallback: 'index.html', strict: false }),
    // Only the counter's page has a worker, and registers it by itself.
    serviceWorker: { register: false },
    // One file of script and one of styles: a chain of small ones, each asking for the next, is what a start waits for.
    output: { bundleStrategy: 'single' },
    // Only scripts that this build made may run; the server and the shell add their own rules for the rest.
    // The counter's page reads pictures with WebAssembly; the server's own rules give that to no other page.
    csp: { mode: 'hash', directives: { 'script-src': ['self', 'wasm-unsafe-eval'] } },
  },
};
