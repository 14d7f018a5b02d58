import { type DestinationStream, type Level, type LogFn, type Logger, pino } from 'pino';
import { visible } from '../errors.ts';

/** Top-level fields that are redacted, because they could contain a secret by mistake. Wildcards would cost time for every line. */
const REDACTED = [
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

const FLUSH_LEVEL = pino.levels.values.warn ?? 0;

/**
 * Creates the logger: JSON lines. Lines of `warn` and above flush a buffered destination.
 *
 * @param mask removes secrets from `err` and `detail`, whose texts come from libraries and the upstream
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
    /** Sets an empty message: pino would otherwise use the unmasked message of the error. */
    logMethod(args: Parameters<LogFn>, write: LogFn, level: number): void {
      if (args.length === 1 && typeof args[0] === 'object') write.call(this, args[0], '');
      else write.apply(this, args);
      if (level >= FLUSH_LEVEL) destination.flushSync?.();
    },
  };
  return pino({ level, base: null, serializers, hooks, redact: REDACTED }, destination);
}

/** Maximum length of an error message, in characters. Messages of libraries can quote a whole request. */
const MAX_MESSAGE = 1000;

const MAX_STACK = 8000;

/** Maximum depth of nested causes, which may be cyclic. */
const MAX_DEPTH = 5;

/** An error as it is logged. */
interface DescribedError {
  readonly type: string;
  readonly message?: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
  readonly errors?: readonly DescribedError[];
}

/**
 * Converts an error for the log and masks it. Other properties are omitted, because they may contain anything: headers of a request,
 * a URL, the claims of a token. @internal
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

/** A masked stack. Its message is truncated like the message itself, so that the frames remain. */
function stackOf(stack: string, message: string, mask: Mask): string {
  const start = message === '' ? -1 : stack.indexOf(message);
  if (start === -1) return shown(stack, mask, MAX_STACK);
  const frames = start + message.length;
  const parts = [stack.slice(0, start), shown(message, mask), visible(mask(stack.slice(frames)))];
  return cut(parts.join(''), MAX_STACK);
}

/** Masks and truncates a text. Masking comes first, because a truncated secret would not be recognised. */
function shown(text: string, mask: Mask, length = MAX_MESSAGE): string {
  return cut(visible(mask(text)), length);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
}

const BUFFER_SIZE = 16_384;

const FLUSH_INTERVAL_MS = 100;

/**
 * Buffered standard output, because a write costs more than a line. The exit of the process flushes it; SIGKILL loses the lines below
 * `warn` of the last 100 ms. Writes are synchronous: a slow reader blocks the process, so that no line is dropped and memory is bounded.
 */
export function bufferedStdout() {
  // Not buffered by pino's destination, which measures its whole buffer for each line.
  const stdout = pino.destination({ fd: 1, sync: true });
  let buffered = '';
  let timer: NodeJS.Timeout | undefined;
  const flushSync = () => {
    clearTimeout(timer);
    timer = undefined;
    if (buffered === '') return;
    const text = buffered;
    buffered = '';
    stdout.write(text);
  };
  process.once('exit', flushSync);
  return {
    write(line: string) {
      buffered += line;
      if (buffered.length >= BUFFER_SIZE) flushSync();
      else timer ??= setTimeout(flushSync, FLUSH_INTERVAL_MS);
    },
    flushSync,
  };
}

/** Removes secrets from a text. */
export type Mask = (text: string) => string;

const MASKED = '***';

/** Minimum length of a masked secret: shorter values would also be masked within ordinary words. */
const MIN_LENGTH = 6;

/**
 * Patterns of secrets whose values are unknown, with their replacements. Each runs in linear time. One alternation of the four names
 * would too, but recheck takes 9 s to prove it.
 */
const PATTERNS: readonly (readonly [shape: RegExp, replacement: string])[] = [
  // The credentials of a URL.
  [/(\/\/)[^\s/@"'\\]+@/g, `$1${MASKED}@`],
  [/(Signature=)[0-9a-f]+/gi, `$1${MASKED}`],
  [/(Bearer\s+)[\w.~+/=-]+/gi, `$1${MASKED}`],
  // A header or field and its value, also in nested JSON.
  [/(authorization[\\"']*\s*[:=,]\s*[\\"']*(?:Basic\s+)?)[^\s\\"',;}]+/gi, `$1${MASKED}`],
  [/(x-api-key[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi, `$1${MASKED}`],
  [/(security[-_]?token[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi, `$1${MASKED}`],
  [/(access[-_]?key[-_]?secret[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi, `$1${MASKED}`],
];

/** Dotted words, which include JSON Web Tokens. Runs in linear time, because a match never backtracks. */
const DOTTED = /[\w-]+(?:\.[\w-]*)*/g;

/** Start of a JSON Web Token: `{"` in base64url. */
const TOKEN_START = 'eyJ';

/** Masks JSON Web Tokens in dotted words, whole: without its signature a token still identifies a person. */
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
    kept.push(isToken ? part.slice(0, start) + MASKED : part);
    if (isToken) index += 2;
  }
  return kept.join('.');
}

/**
 * Creates a mask for known secret values. For texts of this program, which contain a secret only if the operator put it in a wrong place.
 *
 * @param secrets exact values
 */
export function maskValues(secrets: readonly string[]): Mask {
  // Longer secrets first, because a shorter one may be a part of them.
  const known = secrets.filter(({ length }) => length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, MASKED), text);
}

/**
 * Creates a mask for foreign texts: messages and stacks of libraries. It also recognises secrets by their context, and so masks some
 * words that are none.
 *
 * @param secrets exact values
 */
export function createMask(secrets: readonly string[] = []): Mask {
  const byValue = maskValues(secrets);
  return (text) =>
    PATTERNS.reduce((rest, [shape, replacement]) => rest.replace(shape, replacement), byValue(text)).replace(
      DOTTED,
      hideTokens,
    );
}
