import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Rooms of src from top to bottom. A file imports only from its own room and from rooms below. */
const ROOMS = [
  'prime-compile-cache.ts',
  'main.ts',
  'config',
  'gateway.ts',
  'server',
  'auth',
  'limits',
  'schema',
  'voices',
  'voice-jobs',
  'paging',
  'upstream',
  'cache',
  'redis',
  'log',
  'telemetry',
  'observer.ts',
  'environment-variable.ts',
  'clock.ts',
  'errors.ts',
  'foreign-values.ts',
  'guarded.ts',
  'regular-file.ts',
  'version.ts',
];

/** Wings of src/server from top to bottom. A file imports only from its own wing and from wings below. */
const WINGS = ['pages', 'subscriptions', 'graphql', 'record', 'access', 'http'];

/** Forbidden packages by room, which keep it independent of a protocol. */
const FORBIDDEN_PACKAGES: Record<string, RegExp> = {
  voices: /^(graphql|graphql-yoga|@pothos\/.*|node:http)$/,
  'voice-jobs': /^(graphql|graphql-yoga|@pothos\/.*|node:http)$/,
  paging: /^(graphql|graphql-yoga|@pothos\/.*|node:(http|net|fs).*)$/,
  upstream: /^(graphql|graphql-yoga|@pothos\/.*)$/,
  'errors.ts': /./,
  'guarded.ts': /./,
  'foreign-values.ts': /./,
};

const files = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));

/** Modules that a file imports or re-exports, including types and dynamic imports. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(\s*)'([^']+)'/g);
  return [...found].map((match) => String(match[1]));
}

const roomOf = (file: string) => relative('src', file).split('/')[0] ?? '';
const localImports = (file: string) =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name));

test('every file of src is in a known room', () => {
  const strangers = files('src').filter((file) => !ROOMS.includes(roomOf(file)));
  expect(strangers).toEqual([]);
  expect(files('src').length).toBeGreaterThan(20);
});

test('imports between rooms of src only go downwards', () => {
  const upward = files('src').flatMap((file) =>
    localImports(file)
      .filter(
        (target) => target.startsWith('src/') && ROOMS.indexOf(roomOf(target)) < ROOMS.indexOf(roomOf(file)),
      )
      .map((target) => `${file} -> ${target}`),
  );
  expect(upward).toEqual([]);
});

test('every file of src/server is in a wing, and imports between wings only go downwards', () => {
  const wingOf = (file: string) => WINGS.indexOf(relative('src/server', file).split('/')[0] ?? '');
  expect(files('src/server').filter((file) => wingOf(file) === -1)).toEqual([]);
  const upward = files('src/server').flatMap((file) =>
    localImports(file)
      .filter((target) => target.startsWith('src/server/') && wingOf(target) < wingOf(file))
      .map((target) => `${file} -> ${target}`),
  );
  expect(upward).toEqual([]);
});

test('only main imports the emulator, dynamically', () => {
  const users = files('src').filter((file) =>
    localImports(file).some((target) => target.startsWith('emulator/')),
  );
  expect(users).toEqual(['src/main.ts']);
  const text = readFileSync(join(root, 'src/main.ts'), 'utf8');
  expect(text).not.toMatch(/from '\.\.\/emulator/);
});

test('src imports nothing outside of src except the emulator and package.json, and only tests import from tools', () => {
  const outside = files('src').flatMap((file) =>
    localImports(file)
      .filter((target) => !/^(?:(?:src|emulator)\/|package\.json$)/.test(target))
      .map((target) => `${file} -> ${target}`),
  );
  expect(outside).toEqual([]);
  const users = ['src', 'emulator', 'examples', 'console'].flatMap((folder) =>
    files(folder).filter((file) => localImports(file).some((target) => target.startsWith('tools/'))),
  );
  expect(users).toEqual([]);
  expect(files('tools').length).toBeGreaterThan(50);
});

test('the emulator and src share no code', () => {
  const borrowed = files('emulator').filter((file) =>
    localImports(file).some((target) => target.startsWith('src/')),
  );
  expect(borrowed).toEqual([]);
});

test('voices, voice-jobs, paging, upstream and errors do not import packages of protocols they must not know', () => {
  const breaches = files('src').flatMap((file) =>
    importsOf(file)
      .filter((name) => FORBIDDEN_PACKAGES[roomOf(file)]?.test(name))
      .map((name) => `${file} imports ${name}`),
  );
  expect(breaches).toEqual([]);
});

test('paging imports nothing from upstream, schema, server and limits', () => {
  const text = files('src/paging').map((file) => `${file}\n${readFileSync(join(root, file), 'utf8')}`);
  expect(text.flatMap((one) => [...one.matchAll(/.*(?:job|voice).*/gi)].map(String))).toEqual([]);
  const above = files('src/paging').flatMap((file) =>
    localImports(file).filter((target) => /^src\/(?:upstream|schema|server|limits)\//.test(target)),
  );
  expect(above).toEqual([]);
});

test('src has no circular imports', () => {
  const graph = new Map(files('src').map((file) => [file, localImports(file)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (path.includes(file) || done.has(file)) return;
    for (const target of graph.get(file) ?? []) walk(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  expect(circles).toEqual([]);
});

test('only the entry points read process.env', () => {
  const readers = files('src').filter((file) => /process\.env/.test(readFileSync(join(root, file), 'utf8')));
  expect(readers.sort()).toEqual([
    'src/main.ts',
    'src/prime-compile-cache.ts',
    'src/upstream/credential-chain.ts',
  ]);
});
