import { expect, test } from 'vitest';
import { timed } from './standstill.ts';

test('regression: time in which the processor was taken away counts for lower bounds, and not for upper bounds', async () => {
  const stallMs = 300;
  const { value, runningMs, wallMs } = await timed(async () => {
    // Blocks the thread without using the processor, as a machine does that others use.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
    return 'done';
  });
  expect(value).toBe('done');
  expect(wallMs).toBeGreaterThanOrEqual(stallMs);
  expect(wallMs - runningMs).toBeGreaterThan(stallMs / 2);
});
