import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['build/', '.svelte-kit/', 'src/lib/paraglide/', 'src/lib/host/types/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig },
    },
  },
  {
    rules: {
      'no-undef': 'off', // TypeScript knows better.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // The app is served from the root of its own address, always.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    // Only lib/host knows where the screens run. Everything else asks the Host.
    files: ['src/**/*.{ts,svelte}'],
    // The worker stands between a page and the network; it is no screen.
    ignores: ['src/lib/host/**', 'src/service-worker.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@tauri-apps/*'], message: 'Only src/lib/host may know Tauri.' }] },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Only src/lib/host talks to a server.' },
        { name: 'XMLHttpRequest', message: 'Only src/lib/host talks to a server.' },
        { name: 'EventSource', message: 'Only src/lib/host talks to a server.' },
        { name: 'WebSocket', message: 'Only src/lib/host talks to a server.' },
        { name: 'localStorage', message: 'Only src/lib/host keeps things.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'window', property: 'fetch', message: 'Only src/lib/host talks to a server.' },
        { object: 'window', property: 'localStorage', message: 'Only src/lib/host keeps things.' },
        { object: 'globalThis', property: 'fetch', message: 'Only src/lib/host talks to a server.' },
      ],
    },
  },
);
