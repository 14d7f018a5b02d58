import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { startArguments } from '../../tools/bench/peers/gateway.ts';
import { runGateway } from './gateway-process.ts';

const root = join(import.meta.dirname, '../..');
const TOTAL = JSON.stringify({ query: '{ customizedVoiceJobs { totalCount } }' });

/** Sends one query. @returns totalCount */
async function totalAt(origin: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body: TOTAL });
  const { data } = (await response.json()) as { data: { customizedVoiceJobs: { totalCount: number } } };
  return data.customizedVoiceJobs.totalCount;
}

describe('npm start', () => {
  /** Starts the real npm in its own process group, as a terminal or a service manager does. */
  async function start(env: Record<string, string>) {
    const child = spawn('npm', ['start'], {
      cwd: root,
      env: {
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: process.env.HOME,
        PORT: '0',
        ...env,
      },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pid = child.pid ?? 0;
    // Ends when npm and all processes with its output have ended.
    const closed = once(child, 'close');
    onTestFinished(() => {
      if (isRunning(-pid)) process.kill(-pid, 'SIGKILL');
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    await expect.poll(() => output, { timeout: 30_000 }).toContain('"msg":"listening"');
    const origin = /"url":"([^"]+)\/graphql"/.exec(output)?.[1] ?? '';
    return { pid, origin, closed, output: () => output };
  }

  function isRunning(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s to npm itself lets the running request finish, and the gateway exits with 0',
    async (signal) => {
      const emulator = await startEmulator();
      const { pid, origin, closed, output } = await start({
        IMS_ENDPOINT: emulator.endpoint,
        ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
      });
      emulator.setLatencyMs(1000);
      const total = totalAt(origin);
      await expect.poll(() => emulator.inFlight).toBe(1);
      process.kill(pid, signal);
      expect(await total).toBe(271);
      expect(await closed).toEqual([0, null]);
      expect(output()).toContain('"msg":"shutting down"');
      expect(isRunning(-pid)).toBe(false);
      await emulator.close();
    },
  );

  test('ends the gateway gracefully on Ctrl-C, which reaches it from the terminal and again from npm', async () => {
    const { pid, closed, output } = await start({});
    process.kill(-pid, 'SIGINT');
    expect(await closed).toEqual([0, null]);
    expect(output().match(/"msg":"shutting down"/g)).toHaveLength(1);
  });
});

test.each([
  ['npm start', startArguments()],
  ['npm test', ['src/node-version.js']],
])('%s with a Node that cannot run TypeScript reports the required version in one line', (_, args) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-experimental-strip-types', '--no-warnings', ...args],
    { cwd: root, encoding: 'utf8' },
  );
  expect(stderr).toMatch(/^Node \S+ is too old; 22\.19 or later is needed\. .*`npm rebuild node` does\.\n$/);
  expect(stdout).toBe('');
  expect(status).toBe(1);
});

describe('the check of the Node version', () => {
  /** Runs the check with a fake version. @returns whether it allows the start */
  function admits(version: string): boolean {
    const versions = JSON.stringify({ ...process.versions, node: version });
    const asOther = `Object.defineProperty(process, 'versions', { value: ${versions} });`;
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(asOther)}`, 'src/node-version.js'],
      { cwd: root, encoding: 'utf8' },
    );
    const refusal = `Node ${version} is too old; 22.19 or later is needed. `;
    expect([status, stderr.startsWith(refusal), stderr.split('\n').length]).toEqual(
      status === 0 ? [0, false, 1] : [1, true, 2],
    );
    return status === 0;
  }

  test.each(['18.20.8', '20.20.2', '21.7.3', '22.6.0', '22.18.0', '22.18.9'])('rejects Node %s', (version) =>
    expect(admits(version)).toBe(false),
  );

  test.each(['22.19.0', '22.20.1', '22.100.0', '23.6.0', '24.0.0', '100.0.0'])('accepts Node %s', (version) =>
    expect(admits(version)).toBe(true),
  );

  test('requires the version that undici and package.json require', () => {
    const enginesOf = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')).engines.node;
    const undici = enginesOf('node_modules/undici/package.json');
    expect(enginesOf('package.json')).toBe('>=22.19');
    expect(undici).toMatch(/^>=22\.19\.0$/);
  });
});

describe('a checkout in a folder with a space, #, %, ?, quotes, $ and non-ASCII letters', () => {
  const NAME = `a b#1%20?é中'"$HOME&(x)`;

  /** Copies the files of a command to such a folder. Packages are links, so that files written next to them stay there. */
  function checkout(...names: readonly string[]) {
    const parent = mkdtempSync(join(tmpdir(), 'voice-jobs-checkout-'));
    onTestFinished(() => rmSync(parent, { recursive: true }));
    const folder = join(parent, NAME, 'checkout');
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    for (const name of names) cpSync(join(root, name), join(folder, name), { recursive: true });
    for (const name of readdirSync(join(root, 'node_modules')).filter(
      (entry) => !/^\.(?:cache|vite)/.test(entry),
    ))
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    const outside = () => [
      ...readdirSync(parent),
      ...readdirSync(join(parent, NAME)).map((name) => join(NAME, name)),
    ];
    return { folder, outside };
  }

  test('starts, responds, keeps its compile cache, and writes nothing outside', async () => {
    const { folder, outside } = checkout('src', 'emulator', 'package.json');
    await using gateway = runGateway({}, [], { node: startArguments(), folder });
    expect(await totalAt(await gateway.origin)).toBe(271);
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(outside()).toEqual([NAME, join(NAME, 'checkout')]);
    expect(existsSync(join(folder, 'node_modules/.cache/compile'))).toBe(true);
  });

  test('builds the console, and writes nothing outside', () => {
    const { folder, outside } = checkout(
      'src',
      'emulator',
      'tools/packaging',
      'console',
      'examples/operations',
      'package.json',
    );
    rmSync(join(folder, 'console/dist'), { recursive: true, force: true });
    const { status, stderr } = spawnSync(process.execPath, ['tools/packaging/console/main.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(readdirSync(join(folder, 'console/dist'))).toContain('index.html');
    expect(outside()).toEqual([NAME, join(NAME, 'checkout')]);
  });

  test('no file creates a path from a URL without decoding it', () => {
    const sources = globSync('{src,test,tools,examples,emulator,console}/**/*.{ts,tsx,js}', {
      cwd: root,
      exclude: (name) => name.includes('node_modules') || name.includes('dist'),
    });
    const undecoded = sources.filter((file) =>
      /import\.meta\.url[^\n]*\.pathname|import\.meta\.url\.(?:replace|slice)/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    );
    expect(undecoded.filter((file) => file !== 'test/process/npm-start.test.ts')).toEqual([]);
    expect(sources.length).toBeGreaterThan(500);
  });
});
