import { type DestinationStream, type Level, type LogFn, type Logger, pino } from 'pino';
import { visible } from '../errors.ts';
import type { Mask } from './mask.ts';

/**
 * Names under which a secret might be logged one day, by mistake. Nothing is logged under them now. Names at the top of a
 * line cost other lines nothing; wildcards would be looked for in each.
 */
const NEVER_SHOWN = [
  'accessKeySecret',
  'apiKey',
  'authorization',
  'credentials',
  'env',
  'headers',
  'options',
  'req',
  'request',
  'securityToken',
  'token',
];

/** Level from which on a line is written at once. */
const AT_ONCE = pino.levels.values.warn ?? 0;

/**
 * The log: JSON lines. From `warn` on each is written at once, where the destination gathers them.
 *
 * @param mask takes secrets out of what others have written: `err`, and the `detail` of a failed call
 */
export function createLog(
  level: Level | 'silent',
  mask: Mask,
  destination: DestinationStream & { flushSync?(): void },
): Logger {
  const serializers = {
    err: (error: unknown) => describeError(error, mask),
    detail: (detail: unknown) => (typeof detail === 'string' ? visible(mask(detail)) : undefined),
  };
  const hooks = {
    /** pino would take an error's own message, unmasked, for the message of a line without one. */
    logMethod(args: Parameters<LogFn>, write: LogFn, level: number): void {
      if (args.length === 1 && typeof args[0] === 'object') write.call(this, args[0], '');
      else write.apply(this, args);
      if (level >= AT_ONCE) destination.flushSync?.();
    },
  };
  return pino({ level, base: null, serializers, hooks, redact: NEVER_SHOWN }, destination);
}

/** Most characters of a message in the log. Messages of libraries can quote a request as long as it is. */
const MAX_MESSAGE = 1000;

/** Most characters of a stack, the message at its start included. */
const MAX_STACK = 8000;

/** Causes within causes, past which there is nothing to learn and maybe no end. */
const MAX_DEPTH = 5;

/** An error as the log has it. */
interface DescribedError {
  readonly type: string;
  readonly message?: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
  /** Of an AggregateError. */
  readonly errors?: readonly DescribedError[];
}

/**
 * @internal An error for the log, masked. Other properties stay out, because they may be anything: a request with its headers, a URL, the claims of a token.
 */
export function describeError(error: unknown, mask: Mask, depth = 0): DescribedError {
  if (!(error instanceof Error)) {
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

/** Characters that are gathered before they are written: a hundred lines. */
const MAX_GATHERED = 16_384;

/** How long a line waits for others at most, in milliseconds. */
const MAX_WAIT_MS = 100;

/**
 * Standard output in batches of lines: a write for each line would cost more than the line itself. The end of the process
 * writes the rest; a signal that nobody handles, as SIGKILL, loses the lines of the last 100 ms below `warn`. A slow reader
 * blocks the process, so that nothing is dropped and no memory fills.
 */
export function gatheredStdout() {
  // Not by its own buffer, which measures all that it holds with each line.
  const stdout = pino.destination({ fd: 1, sync: true });
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;
  const flushSync = () => {
    clearTimeout(timer);
    timer = undefined;
    if (gathered === '') return;
    const text = gathered;
    gathered = '';
    stdout.write(text);
  };
  process.once('exit', flushSync);
  return {
    write(line: string) {
      gathered += line;
      if (gathered.length >= MAX_GATHERED) flushSync();
      else timer ??= setTimeout(flushSync, MAX_WAIT_MS);
    },
    flushSync,
  };
}
