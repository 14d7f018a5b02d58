import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { guarded, inBackground } from '../src/guarded.ts';

const root = join(import.meta.dirname, '..');

/** A call that hands a function to Node to be called later, or that lets a promise go. */
interface Site {
  readonly file: string;
  /** The whole call, its white space reduced to single spaces. */
  readonly code: string;
}

/** What Node calls by itself: listeners of emitters and targets, timers; and promises that nobody awaits. */
const HANDED_OVER =
  /\.(?:on|once|addListener|prependListener|prependOnceListener|addEventListener)\(|\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|nextTick)\(|\bvoid (?:[\w#.]+(?:\?\.)?[\w#.]*)?\(/g;

/** Cannot throw, whatever comes: settles a promise, clears a timer, destroys a socket, does nothing. */
const INERT =
  /(?:, |\()(?:resolve|reject|taken|leave|giveUp|\(\) => \{\}|\(\) => clearTimeout\(\w+\)|\(\) => (?:\w+\.)+destroy\(\)|\(\) => resolve\(\))(?:,|\)|$)/;

/** Sites that are sound without, and why. */
const SOUND: readonly [file: string, code: string, reason: string][] = [
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
  ['src/paging/stale-if-error.ts', 'setTimeout(() => { this.#recordFailure(', 'counts, and rejects a promise'],
];

function sitesIn(file: string): Site[] {
  const text = readFileSync(join(root, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
  return [...text.matchAll(HANDED_OVER)].map(({ 0: found, index }) => ({
    file,
    code: callAt(text, index, index + found.length).replaceAll(/\s+/g, ' '),
  }));
}

/** The text of a call from its beginning to the parenthesis that ends it. @param inside just behind the one that opens it */
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
/** Names that a file gives to wrapped functions. */
const wrappedIn = (file: string) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/const (\w+) = guarded\(/g)].map(([, name]) => name);

const isWrapped = ({ file, code }: Site) =>
  code.includes('guarded(') || wrappedIn(file).some((name) => new RegExp(`[ (]${name}[,)]`).test(code));
const isSound = ({ file, code }: Site) => SOUND.some(([at, text]) => at === file && code.includes(text));

test('every listener, timer and task without a caller in src is guarded, inert, or on the list with a reason', () => {
  const bare = sites.filter((site) => !isWrapped(site) && !INERT.test(site.code) && !isSound(site));
  expect(bare.map(({ file, code }) => `${file}: ${code}`)).toEqual([]);
  expect(sites.length).toBeGreaterThan(50);
});

test('the list names nothing that is gone', () => {
  const gone = SOUND.filter(
    ([file, text]) => !sites.some((site) => site.file === file && site.code.includes(text)),
  );
  expect(gone).toEqual([]);
});

describe('a guarded listener', () => {
  test('hands what it throws, and what it rejects with, to its fault handler', async () => {
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

  test('gets what it is called with', () => {
    const listener = vi.fn();
    guarded(listener, () => {})('a', 1);
    expect(listener).toHaveBeenCalledExactlyOnceWith('a', 1);
  });
});

test('a task in the background hands its rejection to its fault handler', async () => {
  const failed = vi.fn();
  inBackground(Promise.reject(new Error('made up')), failed);
  await expect.poll(() => failed.mock.calls).toEqual([[new Error('made up')]]);
});
