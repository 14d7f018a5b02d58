import { useEffect, useState } from 'react';
import { type Failure, failureOf } from '../client/failure.ts';

/** What a query for one object by its global id says. */
interface ObjectQuery {
  readonly dataState: string;
  readonly data?: unknown;
  readonly error?: unknown;
  readonly loading: boolean;
}

/** Also for an id that is none: who follows a mistyped link wants to hear the same. */
const GONE: Failure = { kind: 'gone' };

/** Why an object could not be read; undefined when it was, or while it is read. */
export function failureOfObject({ error, dataState, data, loading }: ObjectQuery): Failure | undefined {
  if (error !== undefined) {
    const failure = failureOf(error);
    return failure.kind === 'refused' && failure.argument === 'id' ? GONE : failure;
  }
  const isNone = dataState === 'complete' && (data as { readonly node: unknown }).node === null;
  return isNone && !loading ? GONE : undefined;
}

/** When an object was last read here, in epoch milliseconds; undefined before that. */
export function useReadTime({ error, loading }: ObjectQuery): number | undefined {
  const isRead = !loading && error === undefined;
  const [readMs, setReadMs] = useState<number>();
  useEffect(() => {
    if (isRead) setReadMs(Date.now());
  }, [isRead]);
  return readMs;
}
