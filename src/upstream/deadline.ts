import { UpstreamError } from '../errors.ts';

/**
 * Runs `work` with a signal that fires when `deadlineMs` have passed or the caller leaves, whichever is first. Returns
 * at that moment even if `work` does not listen; what it still brings is dropped.
 *
 * @throws UpstreamError UPSTREAM_TIMEOUT after the deadline
 * @throws the reason of `signal` when the caller leaves
 */
export async function withDeadline<T>(
  deadlineMs: number,
  signal: AbortSignal | undefined,
  work: (broken: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const breaker = new AbortController();
  const leave = () => breaker.abort(signal?.reason);
  signal?.addEventListener('abort', leave, { once: true });
  const timer = setTimeout(
    () => breaker.abort(new UpstreamError('UPSTREAM_TIMEOUT', { detail: `deadline of ${deadlineMs} ms` })),
    deadlineMs,
  );
  try {
    return await Promise.race([work(breaker.signal), rejectionOf(breaker.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', leave);
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
