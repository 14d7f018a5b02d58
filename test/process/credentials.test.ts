import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { runGateway } from './gateway-process.ts';

/** A temporary home folder with these files. `await using` deletes it. */
async function homeWith(files: Record<string, string>): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'home-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** Total of Basic jobs that a gateway process with this environment reads from the emulator. */
async function totalReadWith(emulator: Emulator, env: Record<string, string>): Promise<unknown> {
  await using gateway = runGateway({ IMS_ENDPOINT: emulator.endpoint, ...env });
  const origin = await gateway.origin;
  await expect
    .poll(async () => (await fetch(`${origin}/ready`)).status, { timeout: 20_000, interval: 50 })
    .toBe(200);
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ customizedVoiceJobs { totalCount } }' }),
  });
  return (await response.json()).data?.customizedVoiceJobs?.totalCount;
}

const cliFile = '.aliyun/config.json';
const sdkFile = '.alibabacloud/credentials';

/** Configuration of the aliyun CLI whose current profile is `used`. */
const cliConfig = (...profiles: Record<string, unknown>[]) => JSON.stringify({ current: 'used', profiles });

describe("credentials from the vendor's files", () => {
  test.each([
    ['the current profile of the aliyun CLI', 'used', {}],
    [
      'the profile of the aliyun CLI that ALIBABA_CLOUD_PROFILE names',
      'named',
      { ALIBABA_CLOUD_PROFILE: 'named' },
    ],
  ])('%s is used, with its values trimmed', async (_, name, env) => {
    const emulator = await startEmulator({ basicCount: 7, stepMs: 0 });
    await using _closed = { [Symbol.asyncDispose]: () => emulator.close() };
    const [other, mine] = [
      { name: name === 'used' ? 'named' : 'used', mode: 'AK', access_key_id: 'x', access_key_secret: 'y' },
      {
        name,
        mode: 'AK',
        access_key_id: ` ${emulator.accessKeyId}\n`,
        access_key_secret: `${emulator.accessKeySecret}\r\n`,
      },
    ];
    await using home = await homeWith({ [cliFile]: cliConfig(other, mine) });
    expect(await totalReadWith(emulator, { HOME: home.path, IMS_UPSTREAM: 'alibaba', ...env })).toBe(7);
  });

  test('a temporary key in a profile of the aliyun CLI is used', async () => {
    const emulator = await startEmulator({ basicCount: 7, stepMs: 0, securityToken: 'CAIS-of-a-profile' });
    await using _closed = { [Symbol.asyncDispose]: () => emulator.close() };
    const { accessKeyId, accessKeySecret } = emulator;
    await using home = await homeWith({
      [cliFile]: cliConfig({
        name: 'used',
        mode: 'StsToken',
        access_key_id: accessKeyId,
        access_key_secret: accessKeySecret,
        sts_token: 'CAIS-of-a-profile\n',
      }),
    });
    expect(await totalReadWith(emulator, { HOME: home.path, IMS_UPSTREAM: 'alibaba' })).toBe(7);
  });

  test.each([
    ['its default path', {}, 'default'],
    ['the path in ALIBABA_CLOUD_CREDENTIALS_FILE', { ALIBABA_CLOUD_PROFILE: 'named' }, 'named'],
  ])("the SDKs' file is used at %s", async (_, env, section) => {
    const emulator = await startEmulator({ basicCount: 7, stepMs: 0 });
    await using _closed = { [Symbol.asyncDispose]: () => emulator.close() };
    const { accessKeyId, accessKeySecret } = emulator;
    const file = section === 'default' ? sdkFile : 'elsewhere.ini';
    await using home = await homeWith({
      [file]: `[${section}]\ntype = access_key\naccess_key_id = ${accessKeyId}\naccess_key_secret = ${accessKeySecret}\n`,
    });
    const place: Record<string, string> =
      section === 'default' ? {} : { ALIBABA_CLOUD_CREDENTIALS_FILE: join(home.path, file) };
    const all = { HOME: home.path, IMS_UPSTREAM: 'alibaba', ...env, ...place };
    expect(await totalReadWith(emulator, all)).toBe(7);
  });

  test('are used only if the real service is selected, and the start says how', async () => {
    await using home = await homeWith({ [cliFile]: cliConfig({ name: 'used', mode: 'EcsRamRole' }) });
    const hint = `the profile in ${join(home.path, cliFile)}, set IMS_UPSTREAM=alibaba`;
    await using gateway = runGateway({ HOME: home.path });
    await gateway.origin;
    await expect.poll(() => gateway.output.stderr).toContain(hint);
    expect(gateway.output.stdout).toContain('"upstream":"emulator"');

    await using without = runGateway({ HOME: home.path, ALIBABA_CLOUD_CLI_PROFILE_DISABLED: 'true' });
    await without.origin;
    await expect.poll(() => without.output.stderr).toContain('Upstream: the built-in emulator');
    expect(without.output.stderr).not.toContain('IMS_UPSTREAM=alibaba');

    await using production = runGateway({ HOME: home.path, NODE_ENV: 'production' });
    expect(await production.ended).toBe(1);
    expect(production.output.stderr).toContain(
      `IMS_UPSTREAM=alibaba uses the profile in ${join(home.path, cliFile)}`,
    );
  });

  test('that no header can carry are reported at /ready and in the log, and do not count as an outage', async () => {
    const emulator = await startEmulator({ basicCount: 7, stepMs: 0 });
    await using _closed = { [Symbol.asyncDispose]: () => emulator.close() };
    await using home = await homeWith({
      [cliFile]: cliConfig({
        name: 'used',
        mode: 'AK',
        access_key_id: 'LTAI\nkey',
        access_key_secret: emulator.accessKeySecret,
      }),
    });
    await using gateway = runGateway({
      HOME: home.path,
      IMS_UPSTREAM: 'alibaba',
      IMS_ENDPOINT: emulator.endpoint,
    });
    const origin = await gateway.origin;
    await expect
      .poll(() => gateway.output.stdout)
      .toContain('the access key id has characters other than visible ASCII');
    expect((await fetch(`${origin}/ready`)).status).toBe(503);
    expect(gateway.output.stdout).not.toContain('LTAI');
    expect(emulator.calls).toEqual([]);
  });
});

test('a line break around every value of the environment, as in a Secret made by echo, is ignored', async () => {
  const emulator = await startEmulator({ basicCount: 7, stepMs: 0, securityToken: 'CAIS-of-a-secret' });
  await using _closed = { [Symbol.asyncDispose]: () => emulator.close() };
  const env = {
    IMS_ENDPOINT: emulator.endpoint,
    IMS_UPSTREAM: 'alibaba',
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    CACHE_TTL_MS: '0',
    TRUSTED_HOSTS: 'gateway.internal, other.internal',
    ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
    ALIBABA_CLOUD_SECURITY_TOKEN: 'CAIS-of-a-secret',
  };
  for (const [before, after] of [
    ['', '\n'],
    [' \t', '\r\n'],
    ['\ufeff', '\u00a0'],
  ]) {
    const padded = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, `${before}${value}${after}`]),
    );
    expect(await totalReadWith(emulator, padded)).toBe(7);
  }
});
