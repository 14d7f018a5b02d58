import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { startGateway } from '../gateway-under-test.ts';
import { runScript } from '../parts/script.ts';
import { startIdentityProvider } from './identity-provider.ts';

/** Runs a script as the documentation tells the reader to. */
async function run(script: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await runScript(join(import.meta.dirname, script), { env });
  return stdout.trim();
}

test('an API key generated as documented is accepted and authenticates requests', async () => {
  const key = await run('ask-with-key.sh');
  const { auth } = loadConfig({ AUTH_API_KEYS: `web:${key}` });
  expect(auth.apiKeys).toMatchObject([{ client: 'web', isShort: false }]);
  await using gateway = await startGateway({ gateway: { auth } });
  const ask = (KEY: string) => run('ask-with-key.sh', { ENDPOINT: `${gateway.origin}/graphql`, KEY });
  expect(JSON.parse(await ask(key)).data.customizedVoiceJobs.totalCount).toBe(271);
  expect(JSON.parse(await ask('another-one')).errors[0].extensions.code).toBe('UNAUTHENTICATED');
});

test('rotating an API key as documented never leaves the gateway without a valid key', async () => {
  const [next, old] = [await run('ask-with-key.sh'), await run('ask-with-key.sh')];
  for (const [AUTH_API_KEYS, lets] of [
    [`web:${old}`, [false, true]],
    [`web:${next},web:${old}`, [true, true]],
    [`web:${next}`, [true, false]],
  ] as const) {
    await using gateway = await startGateway({ gateway: { auth: loadConfig({ AUTH_API_KEYS }).auth } });
    const isIn = async (KEY: string) =>
      (await run('ask-with-key.sh', { ENDPOINT: `${gateway.origin}/graphql`, KEY })).startsWith('{"data"');
    expect([await isIn(next), await isIn(old)]).toEqual(lets);
  }
});

test('a token sent as documented authenticates requests', async () => {
  await using provider = await startIdentityProvider();
  const auth = { apiKeys: [], jwt: provider.options };
  await using gateway = await startGateway({ gateway: { auth } });
  const ENDPOINT = `${gateway.origin}/graphql`;
  const answer = await run('ask-with-token.sh', { ENDPOINT, TOKEN: await provider.token() });
  expect(JSON.parse(answer).data.customizedVoiceJobs.totalCount).toBe(271);
});
