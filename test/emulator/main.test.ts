import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { emulators } from './running.ts';
import { call, until } from './signed-request.ts';

const start = emulators();
const main = fileURLToPath(new URL('../../emulator/main.ts', import.meta.url));

interface Run {
  readonly child: ChildProcess;
  out: string;
  err: string;
}

const runs: Run[] = [];
afterEach(() => {
  for (const { child } of runs.splice(0)) child.kill('SIGKILL');
});

function run(port: string): Run {
  const child = spawn(process.execPath, [main], { env: { ...process.env, EMULATOR_PORT: port } });
  const started: Run = { child, out: '', err: '' };
  child.stdout.on('data', (chunk) => (started.out += chunk));
  child.stderr.on('data', (chunk) => (started.err += chunk));
  runs.push(started);
  return started;
}

async function exitCode({ child }: Run): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'close');
  return child.exitCode;
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  'says what it is, can be called as it says, and exits 0 on %s',
  async (signal) => {
    const running = run('0');
    await until(() => running.out.includes('npm start'));
    expect(running.out).toContain('not the real service');
    const [, endpoint = ''] = /service: (http:\S+)/.exec(running.out) ?? [];
    const [, accessKeyId = ''] = /access key id +(\S+)/.exec(running.out) ?? [];
    const [, accessKeySecret = ''] = /access key secret +(\S+)/.exec(running.out) ?? [];
    const target = { endpoint, accessKeyId, accessKeySecret, securityToken: null };
    expect((await call(target, 'ListCustomizedVoiceJobs')).body.Data.TotalCount).toBe(271);
    running.child.kill(signal);
    expect(await exitCode(running)).toBe(0);
  },
);

it('says in one line that the port is in use', async () => {
  const { port } = new URL((await start()).endpoint);
  const running = run(port);
  expect(await exitCode(running)).toBe(1);
  expect(running.err).toBe(`emulator: port ${port} is in use; set EMULATOR_PORT to another\n`);
});

it.each(['65536', '-1', 'http', '1e3'])('does not take EMULATOR_PORT=%s', async (port) => {
  const running = run(port);
  expect(await exitCode(running)).toBe(1);
  expect(running.err).toBe(`emulator: EMULATOR_PORT must be 0 to 65535, got "${port}"\n`);
});
