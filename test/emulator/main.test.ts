import { afterEach, describe, expect, it, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { type EmulatorProgram, runEmulator, spawnEmulator } from './emulator-run.ts';
import { emulators } from './running.ts';
import { listPage } from './signed-request.ts';

const start = emulators();

const programs: EmulatorProgram[] = [];
afterEach(() => {
  for (const { child } of programs.splice(0)) child.kill('SIGKILL');
});

/** Runs the program to its end. A program that listens instead fails the test. */
async function runToEnd(args: readonly string[], port?: string) {
  const program = spawnEmulator(args, port);
  programs.push(program);
  return { code: await program.ended, ...program.output };
}

async function running(args: readonly string[], port?: string) {
  const program = await runEmulator(args, port);
  programs.push(program);
  const { stdout } = program.output;
  const [, accessKeyId = ''] = /access key id +(\S+)/.exec(stdout) ?? [];
  const [, accessKeySecret = ''] = /access key secret +(\S+)/.exec(stdout) ?? [];
  const target = { endpoint: program.endpoint, accessKeyId, accessKeySecret, securityToken: null };
  const newest = async () => {
    const { TotalCount: total, CustomizedVoiceJobList: rows } = await listPage(target, 'Basic', 1, 1);
    return { total, jobId: String(rows[0]?.JobId), createTime: String(rows[0]?.CreateTime) };
  };
  return { ...program, newest };
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  'prints a working endpoint with credentials, and exits with 0 on %s',
  async (signal) => {
    const { output, newest, child, ended } = await running([], '0');
    expect(output.stdout).toContain('not the real service');
    expect(output.stdout).toMatch(/jobs +271 Basic, 42 Standard\n +voices +241 Basic, 35 Standard\n/);
    expect((await newest()).total).toBe(271);
    child.kill(signal);
    expect(await ended).toBe(0);
  },
);

it('a port in use is reported in one line', async () => {
  const { port } = new URL((await start()).endpoint);
  const { code, stderr } = await runToEnd([], port);
  expect(code).toBe(1);
  expect(stderr).toBe(`emulator: port ${port} is in use; choose another with --port or EMULATOR_PORT\n`);
});

it.each(['65536', '-1', 'http', '1e3'])('rejects EMULATOR_PORT=%s', async (port) => {
  const { code, stderr } = await runToEnd([], port);
  expect(code).toBe(1);
  expect(stderr).toBe(`emulator: EMULATOR_PORT must be 0 to 65535, got "${port}"\n`);
});

describe("the emulator's command line", () => {
  it.each(['--help', '-h'])('prints the options with %s, and does not start', async (option) => {
    const { code, stdout, stderr } = await runToEnd([option], '0');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of ['--port', '--demo', '--help', 'EMULATOR_PORT', 'docs/emulator.md'])
      expect(stdout).toContain(name);
    expect(stdout).not.toContain('not the real service');
  });

  it.each([
    ['--bogus', "Unknown option '--bogus'; see --help"],
    ['extra', "Unexpected argument 'extra'; see --help"],
    ['--demo=1', "Option '--demo' does not take an argument; see --help"],
    ['--port', "Option '--port <value>' argument missing; see --help"],
    ['--port=65536', '--port must be 0 to 65535, got "65536"'],
  ])('rejects %s in one line, and does not start', async (argument, reason) => {
    expect(await runToEnd([argument], '0')).toEqual({ code: 1, stdout: '', stderr: `emulator: ${reason}\n` });
  });

  it('prefers --port to EMULATOR_PORT', async () => {
    const taken = new URL((await start()).endpoint).port;
    expect((await (await running(['--port', '0'], taken)).newest()).total).toBe(271);
  });

  it('keeps the initial list by default, and changes it over time only with --demo', async () => {
    const [fixed, again, demo] = await Promise.all([
      running([], '0'),
      running([], '0'),
      running(['--demo'], '0'),
    ]);
    const { jobId, createTime } = await fixed.newest();
    expect(await again.newest()).toMatchObject({ jobId, createTime });
    expect(Date.now() - Date.parse(createTime)).toBeGreaterThan(86_400_000);
    const arrived = await demo.newest();
    expect(arrived.total).toBe(271);
    expect(Date.now() - Date.parse(arrived.createTime)).toBeLessThan(60_000);
  });
});

describe("the emulator's /faults endpoint", () => {
  const send = async (endpoint: string, method: string, path: string) => {
    const response = await fetch(endpoint + path, { method });
    return { status: response.status, server: response.headers.get('server'), body: await response.json() };
  };

  test('names the emulator and the active fault', async () => {
    const { endpoint } = await running([], '0');
    expect(await send(endpoint, 'GET', '/faults')).toMatchObject({
      status: 200,
      server: 'voice-jobs-emulator',
      body: { active: null },
    });
    for (const name of ['denied', 'timeout'])
      expect((await send(endpoint, 'PUT', `/faults/${name}`)).body.active).toBe(name);
    expect((await send(endpoint, 'DELETE', '/faults')).body.active).toBeNull();
  });

  test.each([
    ['PUT', '/faults/nothing', 404, /No fault is called "nothing". Expected one of throttled, timeout, /],
    ['PUT', '/faults/__proto__', 404, /No fault is called "__proto__"/],
    ['PUT', '/faults/denied?times=0', 400, /times: got "0". Expected a whole number of 1 or more/],
    ['PUT', '/faults/denied?times=x', 400, /times: got "x"/],
    ['PUT', '/faults/denied?action=x', 400, /action: got "x". Expected one of ListCustomizedVoiceJobs, /],
    ['POST', '/faults/denied', 405, /Use PUT/],
    ['PUT', '/faults', 405, /Use GET or DELETE/],
    ['OPTIONS', '/faults/denied', 405, /Use PUT/],
  ])('rejects %s %s with %i, and activates nothing', async (method, path, status, reason) => {
    const { endpoint } = await running([], '0');
    const rejected = await send(endpoint, method, path);
    expect(rejected.status).toBe(status);
    expect(rejected.body.error).toMatch(reason);
    expect((await send(endpoint, 'GET', '/faults')).body.active).toBeNull();
  });

  test('activates a fault for the named actions only', async () => {
    const { endpoint } = await running([], '0');
    const path = '/faults/denied?action=ListCustomizedVoices&action=GetCustomizedVoice';
    expect((await send(endpoint, 'PUT', path)).body.active).toBe('denied');
    await using gateway = await startGateway({
      origin: endpoint,
      credentials: async () => ({ accessKeyId: 'emulator-key-id', accessKeySecret: 'emulator-key-secret' }),
    });
    const query = '{ customizedVoiceJobs { totalCount } customizedVoice(voiceId: "x") { id } }';
    const { data, errors } = await gateway.ask(query);
    expect(data).toEqual({ customizedVoiceJobs: { totalCount: 271 }, customizedVoice: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_DENIED']);
  });

  test('rejects web pages, including those of a host name that resolves to this machine', async () => {
    const { endpoint } = await running([], '0');
    const headers = { origin: 'http://evil.example:4010' };
    const response = await fetch(`${endpoint}/faults/denied`, { method: 'PUT', headers });
    expect([response.status, await response.json()]).toEqual([
      403,
      { error: expect.stringContaining('Web pages cannot use /faults') },
    ]);
    expect((await send(endpoint, 'GET', '/faults')).body.active).toBeNull();
  });

  test('does not exist if a test or the gateway starts the emulator', async () => {
    const { endpoint } = await start();
    expect(await send(endpoint, 'PUT', '/faults/denied')).toMatchObject({
      status: 405,
      body: { Code: 'UnsupportedHTTPMethod' },
    });
  });
});
