import { useEffect, useState } from 'react';
import { type Failure, failureOf } from '../client/failure.ts';

/** Result of a query for one object by its global id. */
interface ObjectQuery {
  readonly dataState: string;
  readonly data?: unknown;
  readonly error?: unknown;
  readonly loading: boolean;
}

/** Also used for a malformed id: a mistyped link and a deleted object look the same to the user. */
const NOT_FOUND: Failure = { kind: 'notFound' };

/** Why an object could not be loaded; undefined when it was, or while it is loading. */
export function failureOfObject({ error, dataState, data, loading }: ObjectQuery): Failure | undefined {
  if (error !== undefined) {
    const failure = failureOf(error);
    return failure.kind === 'rejected' && failure.argument === 'id' ? NOT_FOUND : failure;
  }
  const isNone = dataState === 'complete' && (data as { readonly node: unknown }).node === null;
  return isNone && !loading ? NOT_FOUND : undefined;
}

/** Time of the last successful read in epoch milliseconds; undefined before the first. */
export function useReadTime({ error, loading }: ObjectQuery): number | undefined {
  const isRead = !loading && error === undefined;
  const [readMs, setReadMs] = useState<number>();
  useEffect(() => {
    if (isRead) setReadMs(Date.now());
  }, [isRead]);
  return readMs;
}
