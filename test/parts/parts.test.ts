import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { bringParts } from './bring.ts';
import { cachedFile, faultOf, findPart, PARTS, type PartName } from './programs.ts';
import { partsOf } from './setup.ts';

const root = join(import.meta.dirname, '../..');
const NAMES = Object.keys(PARTS) as PartName[];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A folder with shell scripts as programs. */
function folderWith(programs: Record<string, string>): string {
  const folder = newFolder();
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** A machine with these programs on its path, and an empty cache folder whose name contains a space and a quote. */
function machineWith(programs: Record<string, string>): string {
  const folder = folderWith(programs);
  vi.stubEnv('PATH', folder);
  vi.stubEnv('TEST_PARTS_CACHE', join(newFolder(), "the cache's"));
  for (const { variable } of Object.values(PARTS)) vi.stubEnv(variable, '');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return folder;
}

describe('findPart finds', () => {
  const UNPRIVILEGED = NAMES.filter((name) => !existsSync(`/usr/sbin/${PARTS[name].commands[0]}`));

  test.each(UNPRIVILEGED.flatMap((name) => PARTS[name].commands.map((command) => [name, command] as const)))(
    '%s on the path as %s',
    (name, command) => {
      const folder = machineWith({ [command]: 'exit 0' });
      expect(findPart(name)).toBe(join(folder, command));
    },
  );

  test('a program by its variable before the path', () => {
    machineWith({ 'redis-server': 'exit 0' });
    const named = join(folderWith({ 'redis-server-6.0': 'exit 0' }), 'redis-server-6.0');
    vi.stubEnv('REDIS_SERVER_PATH', named);
    expect(findPart('redis')).toBe(named);
  });

  test('a program in the cache folder if it is nowhere else', () => {
    machineWith({});
    expect(findPart('redis')).toBeUndefined();
    mkdirSync(join(cachedFile('redis'), '..'), { recursive: true });
    writeFileSync(cachedFile('redis'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect(findPart('redis')).toBe(cachedFile('redis'));
  });

  test('no stub that only says how to install the program, as Ubuntu has for Chromium', () => {
    machineWith({ 'chromium-browser': 'echo requires the chromium snap to be installed >&2; exit 10' });
    expect(findPart('chromium')).toBeUndefined();
  });

  test.each([
    ['does not exist', () => join(newFolder(), 'none'), 'which does not exist'],
    ['is a folder', newFolder, 'which is not an executable file'],
    ['does not start', () => join(folderWith({ x: 'echo no >&2; exit 7' }), 'x'), 'which does not start: no'],
  ])('no other program if the variable names a file that %s, which is an error', (_, make, reason) => {
    machineWith({ promtool: 'exit 0' });
    const file = make();
    vi.stubEnv('PROMTOOL_PATH', file);
    expect(() => findPart('promtool')).toThrow(`PROMTOOL_PATH names ${file}, ${reason}.`);
  });
});

/** Packages as text files with their content, for a Debian without a network. */
const DPKG_DEB = `[ "$1" = --version ] && exit 0
mkdir -p "$3/usr/bin" "$3/usr/lib"
case $2 in
  lib*) : > "$3/usr/lib/libneeded.so.1" ;;
  *) printf '#!/bin/sh\\n[ -n "$BARE" ] || exit 0\\n' > "$3/usr/bin/redis-server"
     echo 'case $LD_LIBRARY_PATH in */usr/lib*) exit 0;; esac; echo libneeded.so.1 is missing >&2; exit 127' >> "$3/usr/bin/redis-server"
     chmod 755 "$3/usr/bin/redis-server" ;;
esac`;

/** @param lists output without package lists of its own */
const aptGet = (lists: string) => `echo "$*" >> "$0.log"
[ "$1" = --version ] && exit 0
case "$*" in
  *update*) exit 0 ;;
  *--simulate*) echo 'Inst libneeded1 (1 Debian [amd64])'; echo 'Inst libc6 (2 Debian [amd64])'; exit 0 ;;
  *Dir::State::lists*) ;;
  *) ${lists} ;;
esac
seen=
for word; do [ -n "$seen" ] && : > "$word.deb"; [ "$word" = download ] && seen=1; done
exit 0`;

describe('bringParts downloads a missing program', () => {
  const TOOLS = '/usr/bin:/bin';
  const debian = (lists: string) => {
    const folder = machineWith({ 'apt-get': aptGet(lists), 'dpkg-deb': DPKG_DEB });
    vi.stubEnv('PATH', [folder, newFolder(), TOOLS].join(delimiter));
    const calls = () => readFileSync(join(folder, 'apt-get.log'), 'utf8');
    return { calls };
  };
  const bring = async () => {
    const lines: string[] = [];
    return { reasons: await bringParts(['redis'], (line) => lines.push(line)), lines };
  };

  test("with the machine's package lists, once", async () => {
    const { calls } = debian(':');
    expect((await bring()).reasons).toEqual(new Map());
    expect(faultOf('redis', cachedFile('redis'))).toBeUndefined();
    expect(calls()).not.toContain('update');
    const before = calls();
    expect(await bring()).toEqual({ reasons: new Map(), lines: [] });
    expect(calls().slice(before.length)).toBe('--version\n');
  });

  test('with downloaded package lists if the machine has none, as in a container image', async () => {
    const { calls } = debian('echo "E: Unable to locate package" >&2; exit 100');
    expect((await bring()).reasons).toEqual(new Map());
    expect(calls()).toMatch(/Dir::State::lists=.*the cache's.* update\n/);
  });

  test('with its missing libraries, except for the C library', async () => {
    vi.stubEnv('BARE', '1');
    const { calls } = debian(':');
    expect((await bring()).reasons).toEqual(new Map());
    expect(calls()).toMatch(/download libneeded1\n/);
    expect(calls()).not.toMatch(/download.* libc6/);
    expect(faultOf('redis', cachedFile('redis'))).toBeUndefined();
  });

  test('and cleans the folder up if that fails, with the reason', async () => {
    debian(':');
    vi.stubEnv(
      'PATH',
      [
        folderWith({
          'apt-get': '[ "$1" = --version ] && exit 0; echo "E: no network" >&2; exit 100',
          'dpkg-deb': 'exit 0',
        }),
        TOOLS,
      ].join(delimiter),
    );
    const { reasons } = await bring();
    expect(reasons).toEqual(new Map([['redis', 'E: no network']]));
    expect(existsSync(join(cachedFile('redis'), '..'))).toBe(false);
    expect(globSync('*.new', { cwd: join(cachedFile('redis'), '../..') })).toEqual([]);
  });

  test('only if apt-get exists; otherwise it says why not', async () => {
    machineWith({});
    expect((await bring()).reasons).toEqual(new Map([['redis', 'there is no apt-get here']]));
  });
});

describe('a test run without programs', () => {
  /** Runs Vitest on a machine with Node and a shell only. */
  async function run(env: Record<string, string>, ...files: string[]) {
    const folder = newFolder();
    symlinkSync(process.execPath, join(folder, 'node'));
    symlinkSync('/bin/sh', join(folder, 'sh'));
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const reporters = ['--reporter=default', '--reporter=./test/parts/notice.ts'];
    const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...files], {
      cwd: root,
      env: { PATH: folder, TEST_PARTS_CACHE: join(folder, 'cache'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code, out: stripVTControlCharacters(out), err: stripVTControlCharacters(err) };
  }

  test('passes, skips dependent tests before any hook runs, and prints at the end what was skipped and how to get it', async () => {
    const { code, out, err } = await run(
      {},
      // Some of its tests are in a describe block.
      'test/redis/rights.test.ts',
      'test/telemetry/deploy.test.ts',
      'test/clients/curl.test.ts',
    );
    const notice = err.trimEnd().split('\n').slice(-4);
    expect(notice).toEqual([
      'Skipped, because programs are missing:',
      ...['curl', 'Redis', 'promtool'].map((title) =>
        expect.stringMatching(
          new RegExp(
            `^  \\d+ tests in \\d files?: ${title}: .*apt-get install .*_PATH \\(not brought here: there is no apt-get here\\)$`,
          ),
        ),
      ),
    ]);
    const [, skipped] = /Tests +5 passed \| (\d+) skipped/.exec(out) ?? [];
    const counts = notice.map((line) => Number(/^ {2}(\d+) tests/.exec(line)?.[1] ?? 0));
    // Vitest does not count the three tests in the describe block.
    expect(counts.reduce((sum, count) => sum + count)).toBe(Number(skipped) + 3);
    expect(code).toBe(0);
  });

  test('fails with one line if a variable names a missing program', async () => {
    const { code, err } = await run(
      { REDIS_SERVER_PATH: '/nowhere/redis' },
      'test/redis/shared-cache.test.ts',
    );
    expect([code, err]).toEqual([1, 'REDIS_SERVER_PATH names /nowhere/redis, which does not exist.\n']);
  });

  test('fails before its first test with TEST_PARTS=required, and names the missing programs', async () => {
    const { code, out, err } = await run({ TEST_PARTS: 'required' }, 'test/telemetry/deploy.test.ts');
    expect(code).toBe(1);
    expect(err).toMatch(
      /^TEST_PARTS=required, and these programs are missing:\n {2}Redis: .*\n {2}promtool: .*\n$/,
    );
    expect(out).not.toContain('deploy.test.ts');
  });
});

describe('the test files', () => {
  const sources = globSync('{test,tools}/**/*.ts', {
    cwd: root,
    exclude: (name) => name.includes('node_modules'),
  });
  const read = (file: string) => readFileSync(join(root, file), 'utf8');

  test('start these programs through test/parts only', () => {
    const commands = NAMES.flatMap((name) => PARTS[name].commands);
    const named = new RegExp(
      `(?:spawn|spawnSync|execFile|execFileSync|exec|run|command:)\\W+(?:'|"|\`)(?:/\\S*/)?(?:${commands.join('|')})['"\` ]|'/usr/bin/\\w+'`,
    );
    const strangers = sources.filter((file) => !file.startsWith('test/parts/') && named.test(read(file)));
    expect(strangers).toEqual([]);
  });

  test('declare each program that a hook starts', () => {
    const hook = /^ *before(?:All|Each)\((?:async )?\(\) => \{?[\s\S]*?^ *\}?\);$/gm;
    const starts: readonly [RegExp, PartName][] = [
      [/\bstart(?:Redis|RedisOn|BusyGateway|ProcessFleet)\(/, 'redis'],
      [/\bstartChromium\(/, 'chromium'],
      [/\bpromtool\(/, 'promtool'],
    ];
    const undeclared = sources.flatMap((file) => {
      const hooks = [...read(file).matchAll(hook)].join('\n');
      return starts
        .filter(([call, name]) => call.test(hooks) && !read(file).includes(`needs('${name}')`))
        .map(([, name]) => `${file}: ${name}`);
    });
    expect(undeclared).toEqual([]);
    expect(sources.filter((file) => /\bneeds\('/.test(read(file))).length).toBeGreaterThan(20);
  });

  test('start no program during collection, when nothing can be skipped', () => {
    const atTop = /^(?:const|let) [^\n]*= await [\s\S]*?;$/gm;
    const starting = /\bstart(?:Redis|RedisOn|BusyGateway|ProcessFleet|Chromium|Nginx)\(|\bpromtool\(/;
    expect(sources.filter((file) => starting.test([...read(file).matchAll(atTop)].join('\n')))).toEqual([]);
  });

  test('determine by their imports which programs a run looks for', () => {
    const needed = (...files: string[]) => partsOf(files.map((file) => join(root, file)));
    expect(needed('test/config.test.ts')).toEqual([]);
    expect(needed('test/clients/curl.test.ts')).toEqual(['curl']);
    expect(needed('test/console/axe.test.ts')).toEqual(['chromium']);
    expect(needed('test/packaging/package.test.ts')).toEqual(['redis', 'chromium']);
    expect(needed('test/telemetry/deploy.test.ts')).toEqual(['redis', 'promtool']);
  });
});
