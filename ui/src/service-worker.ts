/// <reference types="@sveltejs/kit" />
/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
/**
 * Keeps the counter's page on its machine, so that it opens without a network. Registered by that page only, for
 * `/counter`: no other page of the site has a worker.
 *
 * **Invariant:** a page has all the files of its own build for as long as it is open, also those that it loads late
 * (what reads codes is the largest). So the worker of a newer build waits until no page of the older one is open.
 */
import { build, files, version } from '$service-worker';

const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `counter-${version}`;
const PAGE = '/counter';
const KEPT = [PAGE, ...build, ...files.filter((file) => file !== '/service-worker.js')];

worker.addEventListener('install', (event) => {
  // All or nothing: half a page is worse than the one before. And no skipWaiting: see above.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT)));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  // What the server says is never kept here: the page keeps what it needs by itself.
  if (request.method !== 'GET' || url.origin !== worker.location.origin || url.pathname.startsWith('/api/')) return;
  const kept = request.mode === 'navigate' && url.pathname === PAGE ? PAGE : url.pathname;
  event.respondWith(caches.open(CACHE).then(async (cache) => (await cache.match(kept)) ?? fetch(request)));
});
