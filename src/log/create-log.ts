import { type DestinationStream, type Level, type LogFn, type Logger, pino } from 'pino';
import { visible } from '../errors.ts';

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

const MAX_GATHERED = 16_384;

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

/** Takes secrets out of a text. */
export type Mask = (text: string) => string;

const HIDDEN = '***';

/** Shorter values are no secrets worth the name, and would tear words apart that merely contain them. */
const MIN_LENGTH = 6;

/**
 * What is secret whatever its value, each with the replacement. Every expression is linear in the length of the text: one
 * alternation of the four names below would be too, but takes the check of that 9 s.
 */
const SHAPES: readonly (readonly [shape: RegExp, replacement: string])[] = [
  // The credentials of a URL.
  [/(\/\/)[^\s/@"'\\]+@/g, `$1${HIDDEN}@`],
  [/(Signature=)[0-9a-f]+/gi, `$1${HIDDEN}`],
  [/(Bearer\s+)[\w.~+/=-]+/gi, `$1${HIDDEN}`],
  // A header or a field with its value, also in JSON within JSON.
  [/(authorization[\\"']*\s*[:=,]\s*[\\"']*(?:Basic\s+)?)[^\s\\"',;}]+/gi, `$1${HIDDEN}`],
  [/(x-api-key[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi, `$1${HIDDEN}`],
  [/(security[-_]?token[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi, `$1${HIDDEN}`],
  [/(access[-_]?key[-_]?secret[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi, `$1${HIDDEN}`],
];

/** Words with dots between them, among which JSON Web Tokens are. Never fails after a start, so it takes linear time. */
const DOTTED = /[\w-]+(?:\.[\w-]*)*/g;

/** How the header of a JSON Web Token begins: `{"` in base64url. */
const TOKEN_START = 'eyJ';

/** Hides JSON Web Tokens in dotted words. A token without its signature still says who somebody is. */
function hideTokens(dotted: string): string {
  if (!dotted.includes(TOKEN_START)) return dotted;
  const parts = dotted.split('.');
  const kept: string[] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? '';
    const start = part.indexOf(TOKEN_START);
    const isToken =
      start !== -1 &&
      start + TOKEN_START.length < part.length &&
      (parts[index + 1] ?? '') !== '' &&
      index + 2 < parts.length;
    kept.push(isToken ? part.slice(0, start) + HIDDEN : part);
    if (isToken) index += 2;
  }
  return kept.join('.');
}

/**
 * A mask for texts of our own making, which could hold a secret only where somebody put one in a wrong place.
 *
 * @param secrets values, as they are
 */
export function maskValues(secrets: readonly string[]): Mask {
  // The longer first, of which a shorter one may be a part.
  const known = secrets.filter(({ length }) => length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
}

/**
 * A mask for texts that others have made: messages and stacks of libraries. It also knows a secret by what stands around
 * it, and so takes some words for secrets that are none.
 *
 * @param secrets values, as they are
 */
export function createMask(secrets: readonly string[] = []): Mask {
  const byValue = maskValues(secrets);
  return (text) =>
    SHAPES.reduce((rest, [shape, replacement]) => rest.replace(shape, replacement), byValue(text)).replace(
      DOTTED,
      hideTokens,
    );
}
