import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

// There is no camera here, and nothing that looks at its pictures.
const seen = vi.hoisted(() => ({ detect: vi.fn() }));
vi.mock('barcode-detector/ponyfill', () => ({
  BarcodeDetector: class {
    detect = seen.detect;
  },
  prepareZXingModule: () => undefined,
}));

const { default: Scanner } = await import('./Scanner.svelte');

/** A camera: whether it runs. */
interface Camera {
  on: boolean;
}
/** Every camera that somebody was given. */
let cameras: Camera[];
/** The browser's questions that nobody has answered. */
let questions: (() => void)[];

beforeEach(() => {
  [cameras, questions] = [[], []];
  seen.detect.mockReset().mockResolvedValue([]);
  const getUserMedia = () =>
    new Promise((resolve) =>
      questions.push(() => {
        const camera: Camera = { on: true };
        cameras.push(camera);
        resolve({ getTracks: () => [{ stop: () => (camera.on = false) }] });
      }),
    );
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue(undefined);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
const on = 'Read codes with the camera';
const off = 'Turn the camera off';
/** Takes what is read: whether it is used up by that. */
const read = (usedUp = true) => vi.fn(() => Promise.resolve(usedUp));
const running = () => cameras.filter((camera) => camera.on).length;

async function allowed() {
  await vi.waitFor(() => expect(questions, 'the browser asks').not.toEqual([]));
  for (const yes of questions.splice(0)) yes();
  await vi.waitFor(() => expect(cameras, 'somebody has said yes').not.toEqual([]));
  // What follows the answer has run.
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe('the camera', () => {
  it('runs until it is told to stop', async () => {
    render(Scanner, { onread: read() });
    await press(on);
    await allowed();
    await screen.findByRole('button', { name: off });
    expect(running(), 'it runs').toBe(1);
    await press(off);
    expect(running(), 'and stops').toBe(0);
  });

  it('does not run for a page that is gone', async () => {
    const { unmount } = render(Scanner, { onread: read() });
    await press(on);
    await vi.waitFor(() => expect(questions, 'the browser asks').not.toEqual([]));
    unmount();
    await allowed();
    expect(running(), 'nobody looks at what it sees').toBe(0);
  });

  it('is asked for once, however often the button is pressed', async () => {
    render(Scanner, { onread: read() });
    await Promise.all([press(on), press(on)]);
    await allowed();
    await press(off);
    expect(cameras, 'one press, one camera').toHaveLength(1);
    expect(running(), 'and it is off').toBe(0);
  });

  it('reads a code once that stays before it, and again when it comes back', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] });
    seen.detect.mockResolvedValue([{ rawValue: 'a code' }]);
    const onread = read();
    render(Scanner, { onread });
    await press(on);
    await allowed();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(onread, 'whoever holds it there is read once').toHaveBeenCalledTimes(1);
    seen.detect.mockResolvedValue([]);
    await vi.advanceTimersByTimeAsync(4_000);
    seen.detect.mockResolvedValue([{ rawValue: 'a code' }]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(onread, 'and whoever shows it again is read again').toHaveBeenCalledTimes(2);
  });

  it('reads a code again that was not used up, without anybody taking it away', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] });
    seen.detect.mockResolvedValue([{ rawValue: 'a code' }]);
    const onread = read(false);
    render(Scanner, { onread });
    await press(on);
    await allowed();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(onread, 'not at once').toHaveBeenCalledTimes(1);
    onread.mockResolvedValue(true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(onread, 'after a while, until it is').toHaveBeenCalledTimes(2);
  });

  it('says nothing of a picture that it was still looking at when it was turned off', async () => {
    let found: (codes: { rawValue: string }[]) => void = () => undefined;
    seen.detect.mockReturnValue(new Promise((resolve) => (found = resolve)));
    const onread = read();
    render(Scanner, { onread });
    await press(on);
    await allowed();
    await screen.findByRole('button', { name: off });
    await vi.waitFor(() => expect(seen.detect, 'it looks').toHaveBeenCalled());
    await press(off);
    found([{ rawValue: 'a code' }]);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    expect(onread, 'off is off').not.toHaveBeenCalled();
  });
});
