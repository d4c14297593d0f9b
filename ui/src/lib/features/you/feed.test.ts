import { expect, it } from 'vitest';
import { newSecret } from '$lib/host';
import { feedAddress, subscribeAddress } from './feed';

it('leads to the business’s own server', () => {
  expect(feedAddress('https://salon.example', 'abc'), 'a path on the server').toBe(
    'https://salon.example/feed/abc.ics',
  );
  expect(feedAddress('http://127.0.0.1:8787/', 'abc'), 'one slash').toBe('http://127.0.0.1:8787/feed/abc.ics');
});

it('is subscribed to by its other name', () => {
  expect(subscribeAddress('https://salon.example/feed/abc.ics')).toBe('webcal://salon.example/feed/abc.ics');
  expect(subscribeAddress('http://127.0.0.1:8787/feed/abc.ics')).toBe('webcal://127.0.0.1:8787/feed/abc.ics');
});

it('makes secrets that a server takes, and never the same', () => {
  const secrets = Array.from({ length: 50 }, newSecret);
  // 32 bytes in base64url: of the last character's six bits only four are used.
  for (const secret of secrets) expect(secret, 'as FeedSecret has it').toMatch(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/);
  expect(new Set(secrets).size, 'a secret that repeats could be guessed').toBe(secrets.length);
});
