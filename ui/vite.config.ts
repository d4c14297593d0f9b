import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { firstScreen } from './vite.first-screen';

/** Where `npm run dev` finds a server: `DATEBOOK_SERVER=http://127.0.0.1:8787 npm run dev`. */
const server = process.env.DATEBOOK_SERVER ?? 'http://127.0.0.1:8787';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

export default defineConfig({
  define: { __APP_VERSION__: JSON.stringify(version) },
  plugins: [
    // Tests read the sentences that `npm test` has compiled: the plugin's watcher would keep them from ending.
    !process.env.VITEST &&
      paraglideVitePlugin({
        project: './project.inlang',
        outdir: './src/lib/paraglide',
        strategy: ['preferredLanguage', 'baseLocale'],
        emitGitIgnore: false,
        emitPrettierIgnore: false,
      }),
    sveltekit(),
    firstScreen(),
  ],
  build: { target: 'es2022' },
  // A single letter beyond Latin-1 makes the web view keep and read the whole script in letters of two bytes.
  esbuild: { charset: 'ascii' },
  server: { proxy: { '/api': server, '/feed': server, '/mailbox': server } },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'jsdom',
  },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
});
