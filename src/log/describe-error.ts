import type { Mask } from './mask.ts';

/** What the log says of an error. */
export interface DescribedError {
  readonly type: string;
  readonly message?: string;
  /** Of Node and of the libraries; a word. */
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
  /** Of an AggregateError. */
  readonly errors?: readonly DescribedError[];
}

/** Causes within causes, past which there is nothing to learn and maybe no end. */
const MAX_DEPTH = 5;

/**
 * An error for the log: what it is called, what it says and where it comes from, without secrets. Everything else that
 * hangs on an error stays out, because it may be anything: a request with its headers, a URL, the claims of a token.
 */
export function describeError(error: unknown, mask: Mask, depth = 0): DescribedError {
  if (!(error instanceof Error)) {
    // Thrown by somebody who throws anything. Of an object not even the keys are known.
    return typeof error === 'string' ? { type: 'string', message: mask(error) } : { type: typeof error };
  }
  const { name, message, stack, cause, code, errors } = error as Error & { code?: unknown; errors?: unknown };
  const describe = (inner: unknown) => describeError(inner, mask, depth + 1);
  return {
    type: String(name),
    message: mask(String(message)),
    ...(typeof code === 'string' ? { code: mask(code) } : {}),
    ...(typeof stack === 'string' ? { stack: mask(stack) } : {}),
    ...(cause !== undefined && depth < MAX_DEPTH ? { cause: describe(cause) } : {}),
    ...(Array.isArray(errors) && depth < MAX_DEPTH ? { errors: errors.map(describe) } : {}),
  };
}
