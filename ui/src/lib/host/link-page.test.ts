import { expect, it } from 'vitest';
import { handOver } from './link-page';

it('hands a link over with its facts escaped', () => {
  const link = handOver('https://a.example', { attempt: 'x', code: 'a+b&c', app: true });
  expect(new URL(link).searchParams.get('code'), 'nothing is lost on the way').toBe('a+b&c');
});
