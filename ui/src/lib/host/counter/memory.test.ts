import { afterEach, expect, it, vi } from 'vitest';
import { keptDay } from './memory';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('says of a disk that refuses that it is the disk', async () => {
  const open = () => {
    throw new Error('the disk is full');
  };
  vi.stubGlobal('indexedDB', { open });
  await expect(keptDay(), 'not the network, and not the server').rejects.toMatchObject({
    trouble: { code: 'storage' },
  });
});
