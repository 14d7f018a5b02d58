import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { runGateway } from '../process/gateway-process.ts';
import { findSecrets } from './find-secrets.ts';
import { secretsIn } from './secrets-in.ts';

const CREDENTIALS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI-crash-id',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'crash/key+secret',
  ALIBABA_CLOUD_SECURITY_TOKEN: 'CAIS-crash-token==',
};

test.each([
  ['an error is thrown that carries the request', 'throw', 'Error'],
  ['a promise is rejected with such an error', 'reject', 'Error'],
  ['a promise is rejected with the request itself', 'object', 'UnhandledPromiseRejection'],
])('a crash within a signed call logs its location and no secret: %s', async (_, CRASH, type) => {
  const emulator = await startEmulator();
  await using gateway = runGateway({
    ...CREDENTIALS,
    IMS_ENDPOINT: emulator.endpoint,
    LOG_LEVEL: 'trace',
    CRASH,
    NODE_OPTIONS: `--import=${join(import.meta.dirname, 'crash.ts')}`,
  });
  const origin = await gateway.origin;
  await expect.poll(async () => (await fetch(`${origin}/ready`)).status).toBe(200);
  const query = encodeURIComponent('{ customizedVoiceJobs { totalCount } }');
  await expect(fetch(`${origin}/graphql?query=${query}`)).rejects.toThrow();
  expect(await gateway.ended).toBe(1);

  const { stdout, stderr } = gateway.output;
  expect(findSecrets(stdout + stderr, secretsIn(CREDENTIALS))).toEqual([]);
  const [fatal] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level === 60);
  expect(fatal, stdout).toMatchObject({ msg: 'uncaught error, exiting', err: { type } });
  if (type === 'Error') expect(fatal.err.stack).toContain('crash.ts');
  await emulator.close();
});
