import { visible } from '../errors.ts';
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

/** Most characters of a message in the log. Messages of libraries can quote a request as long as it is. */
const MAX_MESSAGE = 1000;

/** Most characters of a stack, the message at its start included. */
const MAX_STACK = 8000;

/** Causes within causes, past which there is nothing to learn and maybe no end. */
const MAX_DEPTH = 5;

/**
 * An error for the log: what it is called, what it says and where it comes from, without secrets. Everything else that
 * hangs on an error stays out, because it may be anything: a request with its headers, a URL, the claims of a token.
 */
export function describeError(error: unknown, mask: Mask, depth = 0): DescribedError {
  if (!(error instanceof Error)) {
    // Thrown by somebody who throws anything. Of an object not even the keys are known.
    return typeof error === 'string'
      ? { type: 'string', message: shown(error, mask) }
      : { type: typeof error };
  }
  const { name, message, stack, cause, code, errors } = error as Error & { code?: unknown; errors?: unknown };
  const describe = (inner: unknown) => describeError(inner, mask, depth + 1);
  return {
    type: String(name),
    message: shown(String(message), mask),
    ...(typeof code === 'string' ? { code: shown(code, mask) } : {}),
    ...(typeof stack === 'string' ? { stack: stackOf(stack, String(message), mask) } : {}),
    ...(cause !== undefined && depth < MAX_DEPTH ? { cause: describe(cause) } : {}),
    ...(Array.isArray(errors) && depth < MAX_DEPTH ? { errors: errors.map(describe) } : {}),
  };
}

/** A stack whose message is cut as the message itself is, so that its frames are kept. */
function stackOf(stack: string, message: string, mask: Mask): string {
  const start = message === '' ? -1 : stack.indexOf(message);
  if (start === -1) return shown(stack, mask, MAX_STACK);
  const frames = start + message.length;
  const parts = [stack.slice(0, start), shown(message, mask), visible(mask(stack.slice(frames)))];
  return cut(parts.join(''), MAX_STACK);
}

/** Masked before it is cut: half a secret would not be recognised. */
function shown(text: string, mask: Mask, length = MAX_MESSAGE): string {
  return cut(visible(mask(text)), length);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
}
