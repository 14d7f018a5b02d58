import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runGateway } from '../process/gateway-process.ts';
import { findSecrets, type Secret } from './find-secrets.ts';
import { secretsIn } from './secrets-in.ts';

const SECRET: Secret = { name: 'the access key secret', value: 'startingKeySecretOf30Characters' };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'home-'));
});
afterEach(() => rm(home, { recursive: true }));

/** Output of a failed start. */
async function refused(env: Record<string, string>, args: readonly string[] = []): Promise<string> {
  await using gateway = runGateway(env, args);
  expect(await gateway.ended).toBe(1);
  return gateway.output.stdout + gateway.output.stderr;
}

describe('a failed start reveals no secret', () => {
  test('of the variables that contain them, valid or not', async () => {
    const env = {
      PORT: 'none',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRET.value,
      ALIBABA_CLOUD_SECURITY_TOKEN: 'CAIS-starting-token',
      AUTH_API_KEYS: 'web:starting-web-key,starting-key-without-a-name,two words:starting-third-key',
    };
    const keys = { name: 'a key without a name', value: 'starting-key-without-a-name' };
    expect(findSecrets(await refused(env), [...secretsIn(env), keys])).toEqual([]);
  });

  // A start lists all problems; each of these is checked separately.
  test.each<Record<string, string>>([
    {
      IMS_ENDPOINT: 'https://user:starting-password@example.com',
      AUTH_JWKS_URL: 'http://idp.example/jwks?token=starting-password',
      CORS_ORIGINS: 'https://ok.example,https://user:starting-password@app.example',
    },
    {
      IMS_ENDPOINT: 'https://user:starting-password/with@slash@example.com/',
      AUTH_JWKS_URL: 'https://starting-password@idp.example/jwks',
      HOST: 'user:starting-password@example.com',
    },
    { IMS_ENDPOINT: 'user:starting-password@example.com' },
    { IMS_ENDPOINT: 'https://example.com/?token=starting-password' },
  ])('in the values of %j', async (env) => {
    const said = await refused({ PORT: 'none', ...env });
    for (const name of Object.keys(env)) expect(said).toContain(`${name}: invalid value`);
    expect(findSecrets(said, [{ name: 'the password', value: 'starting-password' }])).toEqual([]);
  });

  test('under an unknown name, as an argument, or in another variable', async () => {
    const named = await refused({ IMS_ACCESS_KEY_SECRET: SECRET.value, AUTH_API_KEY: SECRET.value });
    expect(named).toContain('IMS_ACCESS_KEY_SECRET: unknown variable');
    const argument = await refused({}, [`--access-key-secret=${SECRET.value}`]);
    expect(argument).toContain('--access-key-secret');
    const misplaced = await refused({
      LOG_LEVEL: SECRET.value,
      GRAPHIQL: 'starting-database-password',
      DATABASE_URL: 'postgres://user:starting-database-password@db.example/jobs',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI-starting-id',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRET.value,
    });
    expect(misplaced).toContain('LOG_LEVEL: invalid value "***"');
    expect(misplaced).toContain('GRAPHIQL: invalid value "***"');
    expect(findSecrets(named + argument + misplaced, [SECRET])).toEqual([]);
  });

  test.each([
    ['JSON', JSON.stringify({ AccessKeyId: 'LTAI-starting-id', AccessKeySecret: SECRET.value })],
    ['half a JSON', `{"AccessKeySecret": "${SECRET.value}",`],
    ['no JSON', `[default]\naccess_key_secret = ${SECRET.value}\n`],
    ['a text', SECRET.value],
  ])('of a file that was mistaken for the trusted documents: %s', async (_, text) => {
    const file = join(home, 'credentials');
    await writeFile(file, text);
    const said = await refused({ TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_FILE: file });
    expect(said).toContain(`the trusted documents in ${file} have`);
    expect(findSecrets(said, [SECRET])).toEqual([]);
  });
});

test('--help prints no value of the environment', async () => {
  const env = { ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRET.value, AUTH_API_KEYS: 'web:starting-web-key' };
  await using gateway = runGateway(env, ['--help']);
  expect(await gateway.ended).toBe(0);
  expect(gateway.output.stdout).toContain('ALIBABA_CLOUD_ACCESS_KEY_SECRET');
  expect(findSecrets(gateway.output.stdout + gateway.output.stderr, secretsIn(env))).toEqual([]);
});

describe('unreadable credentials are not quoted', () => {
  /** Output and responses of a gateway that finds no credentials. */
  async function saidWithout(env: Record<string, string>): Promise<string> {
    await using gateway = runGateway({ IMS_UPSTREAM: 'alibaba', LOG_LEVEL: 'trace', HOME: home, ...env });
    const origin = await gateway.origin;
    await expect.poll(() => gateway.output.stdout).toContain('no credentials found');
    const answers = [];
    for (const path of ['/graphql?query={customizedVoiceJobs{totalCount}}', '/ready', '/metrics'])
      answers.push(await (await fetch(origin + path)).text());
    return [gateway.output.stdout, gateway.output.stderr, ...answers].join('\n');
  }

  test('from a CLI configuration', async () => {
    await mkdir(join(home, '.aliyun'));
    await writeFile(
      join(home, '.aliyun/config.json'),
      `{"profiles":[{"access_key_secret":"${SECRET.value}",}]}`,
    );
    const said = await saidWithout({});
    expect(said).toMatch(/parse aliyun cli config from '[^']+config.json' failed/);
    expect(findSecrets(said, [SECRET])).toEqual([]);
  });

  test('from a profile file', async () => {
    const file = join(home, 'credentials');
    await writeFile(
      file,
      `[default]\ntype = acess_key\naccess_key_id = LTAI\naccess_key_secret = ${SECRET.value}\n`,
    );
    const said = await saidWithout({ ALIBABA_CLOUD_CREDENTIALS_FILE: file });
    expect(said).toContain('Invalid type option');
    expect(findSecrets(said, [SECRET])).toEqual([]);
  });

  const pair = { Code: 'Success', AccessKeyId: 'LTAI-starting-id', AccessKeySecret: SECRET.value };
  const answers: readonly [string, RequestListener, string][] = [
    [
      'whose answer lacks a token',
      (_, response) => void response.end(JSON.stringify(pair)),
      'error retrieving credentials from credentialsURI',
    ],
    [
      'whose answer is no JSON',
      (_, response) => void response.end(`secret=${SECRET.value}`),
      'get sts token failed, json parse failed',
    ],
    [
      'that fails',
      (_, response) => void response.writeHead(500).end(SECRET.value),
      'get sts token failed, httpStatus: 500',
    ],
    ['that breaks off', ({ socket }) => void socket.destroy(), 'the credential chain found no credentials'],
  ];
  test.each(answers)('from a URI %s', async (_, answer, reason) => {
    const server = createServer(answer);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const said = await saidWithout({
      ALIBABA_CLOUD_CREDENTIALS_URI: `http://127.0.0.1:${port}/?token=starting-uri-token`,
    });
    server.close();
    expect(said).toContain(reason);
    expect(findSecrets(said, [SECRET, { name: 'token of the URI', value: 'starting-uri-token' }])).toEqual(
      [],
    );
  });
});
