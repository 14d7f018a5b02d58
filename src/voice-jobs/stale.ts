import { UpstreamError, type UpstreamErrorCode } from '../errors.ts';
import type { Observer } from '../observer.ts';

/**
 * Reads, or makes do with what is at hand while the upstream fails.
 *
 * @param failing why the upstream is not even asked when something is at hand
 * @param stale what is at hand and not too old for that; asked again after a failure, which may have taken its time
 * @throws whatever `read` throws when nothing is at hand, or when the upstream is not to blame
 */
export async function orStale<Value>(
  observer: Observer,
  failing: UpstreamErrorCode | undefined,
  stale: () => Value | undefined,
  read: () => Promise<Value>,
): Promise<Value> {
  const instead = failing && stale();
  if (failing !== undefined && instead !== undefined) {
    observer.servedStale(failing);
    return instead;
  }
  try {
    return await read();
  } catch (error) {
    const atHand = error instanceof UpstreamError ? stale() : undefined;
    if (!(error instanceof UpstreamError) || atHand === undefined) throw error;
    observer.servedStale(error.code);
    return atHand;
  }
}
