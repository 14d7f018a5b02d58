import { type DestinationStream, type Level, type LogFn, type Logger, pino } from 'pino';
import { visible } from '../errors.ts';
import type { Mask } from './mask.ts';

/** Names under which a secret might be logged by mistake. At the top of a line alone: wildcards would be searched for in each. */
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

/** Most characters of a message. Messages of libraries can quote a whole request. */
const MAX_MESSAGE = 1000;

/** Most characters of a stack, the message at its start included. */
const MAX_STACK = 8000;

/** Causes within causes: there may be no end. */
const MAX_DEPTH = 5;

interface DescribedError {
  readonly type: string;
  readonly message?: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
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
 * Standard output in batches of lines: a write costs more than a line. The end of the process writes the rest; SIGKILL loses
 * the last 100 ms below `warn`. A slow reader blocks the process, so that nothing is dropped and no memory fills.
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
