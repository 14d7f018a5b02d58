import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { guarded, inBackground } from '../src/guarded.ts';

const root = join(import.meta.dirname, '..');

/** A call that passes a callback to Node, or does not await its promise. */
interface Site {
  readonly file: string;
  /** Text of the whole call, with white space collapsed. */
  readonly code: string;
}

/** Calls of listeners, timers and promises that nobody awaits. */
const CALLBACK_CALLS =
  /\.(?:on|once|addListener|prependListener|prependOnceListener|addEventListener)\(|\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|nextTick)\(|\bvoid (?:[\w#.]+(?:\?\.)?[\w#.]*)?\(/g;

/** Callbacks that cannot throw: they settle a promise, clear a timer, destroy a socket or do nothing. */
const CANNOT_THROW =
  /(?:, |\()(?:resolve|reject|taken|leave|giveUp|\(\) => \{\}|\(\) => clearTimeout\(\w+\)|\(\) => (?:\w+\.)+destroy\(\)|\(\) => resolve\(\))(?:,|\)|$)/;

/** Calls that are safe without `guarded`, each with the reason. */
const EXCEPTIONS: readonly [file: string, code: string, reason: string][] = [
  ['src/main.ts', '.on(signal,', 'logs, and begins a shutdown whose failure is handled'],
  ['src/main.ts', ".once('uncaughtException',", 'the last resort itself'],
  ['src/prime-compile-cache.ts', "gateway.kill('SIGKILL')", 'a program that runs once, before the gateway'],
  ['src/log/create-log.ts', ".once('exit', flushSync)", 'the process ends anyway'],
  [
    'src/log/create-log.ts',
    'setTimeout(flushSync, FLUSH_INTERVAL_MS)',
    'throws when nobody can read the log any more; that ends the process on purpose',
  ],
  ['src/server/graphql/response.ts', 'setImmediate(', 'resolves a promise'],
  [
    'src/server/http/listener.ts',
    ".on('close', () => {",
    'catches by itself, because it runs for every request',
  ],
  ['src/server/http/request-body.ts', ".on('data',", 'catches by itself, because it runs for every request'],
  ['src/server/http/request-body.ts', ".on('end',", 'catches by itself, because it runs for every request'],
  ['src/server/http/request-body.ts', ".on('close',", 'rejects a promise'],
  ['src/server/pages/graphiql-bundle.ts', ".once('exit', (code) => reject(", 'rejects a promise'],
  [
    'src/upstream/call-scope.ts',
    'setTimeout(() => { this.breakOff(',
    'rejects a promise, then destroys a socket or leaves a queue',
  ],
  ['src/upstream/call-scope.ts', ".addEventListener('abort', this.#leave", 'the same'],
  ['src/upstream/transport.ts', 'void this.#dispatcher.destroy()', 'never rejects, says undici'],
  ['src/upstream/transport.ts', ".on('session',", 'an assignment'],
  [
    'src/upstream/resilience/rate-limiter.ts',
    'setTimeout(() => this.#serve()',
    'arithmetic, and resolves promises',
  ],
  [
    'src/upstream/resilience/shared-quota.ts',
    'setTimeout(() => this.#serve()',
    'arithmetic, and resolves promises',
  ],
  ['src/paging/shared-flight.ts', 'void lease.store(', 'a command to Redis, which never rejects'],
  ['src/paging/shared-flight.ts', 'void (error', 'a command to Redis, which never rejects'],
  [
    'src/paging/stale-if-error.ts',
    'setTimeout(() => { this.#recordFailure(',
    'counts, and rejects a promise',
  ],
];

function sitesIn(file: string): Site[] {
  const text = readFileSync(join(root, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
  return [...text.matchAll(CALLBACK_CALLS)].map(({ 0: found, index }) => ({
    file,
    code: callAt(text, index, index + found.length).replaceAll(/\s+/g, ' '),
  }));
}

/** The text of a call from `start` to its closing parenthesis. @param inside index after the opening parenthesis */
function callAt(text: string, start: number, inside: number): string {
  let depth = 1;
  let end = inside;
  for (; depth > 0 && end < text.length; end++) {
    if (text[end] === '(') depth++;
    else if (text[end] === ')') depth--;
  }
  return text.slice(start, end);
}

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name));

const sites = files.flatMap(sitesIn);
/** Names of variables in a file that hold guarded functions. */
const wrappedIn = (file: string) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/const (\w+) = guarded\(/g)].map(([, name]) => name);

const isWrapped = ({ file, code }: Site) =>
  code.includes('guarded(') || wrappedIn(file).some((name) => new RegExp(`[ (]${name}[,)]`).test(code));
const isException = ({ file, code }: Site) =>
  EXCEPTIONS.some(([at, text]) => at === file && code.includes(text));

test('every listener, timer and unawaited task in src is guarded, cannot throw, or is listed with a reason', () => {
  const bare = sites.filter(
    (site) => !isWrapped(site) && !CANNOT_THROW.test(site.code) && !isException(site),
  );
  expect(bare.map(({ file, code }) => `${file}: ${code}`)).toEqual([]);
  expect(sites.length).toBeGreaterThan(50);
});

test('every listed exception still exists', () => {
  const gone = EXCEPTIONS.filter(
    ([file, text]) => !sites.some((site) => site.file === file && site.code.includes(text)),
  );
  expect(gone).toEqual([]);
});

describe('a guarded listener', () => {
  test('passes its exception or rejection to its fault handler', async () => {
    const failed = vi.fn();
    const error = new Error('made up');
    guarded(() => {
      throw error;
    }, failed)();
    expect(failed).toHaveBeenCalledExactlyOnceWith(error);
    guarded(async () => {
      await Promise.reject(error);
    }, failed)();
    await expect.poll(() => failed.mock.calls).toEqual([[error], [error]]);
  });

  test('receives the arguments of the call', () => {
    const listener = vi.fn();
    guarded(listener, () => {})('a', 1);
    expect(listener).toHaveBeenCalledExactlyOnceWith('a', 1);
  });
});

test('the rejection of a background task goes to its fault handler', async () => {
  const failed = vi.fn();
  inBackground(Promise.reject(new Error('made up')), failed);
  await expect.poll(() => failed.mock.calls).toEqual([[new Error('made up')]]);
});
