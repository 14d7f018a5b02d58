import { expect, test } from 'vitest';
import { runGateway } from '../process/gateway-process.ts';

const LONG = 'kR3f0qX9vT2mB7wLz5pJ';

test('the gateway warns at startup about guessable API keys, by client name', async () => {
  const keys = { web: LONG, batch: 'short-key-15-ch', next: '16-characters-ok' };
  const AUTH_API_KEYS = Object.entries(keys)
    .map((pair) => pair.join(':'))
    .join(',');
  await using gateway = runGateway({ AUTH_API_KEYS });
  const origin = await gateway.origin;
  expect((await fetch(`${origin}/metrics`)).status).toBe(401);
  expect((await fetch(`${origin}/metrics`, { headers: { 'x-api-key': LONG } })).status).toBe(200);
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended).toBe(0);
  const warnings = gateway.output.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level >= 40);
  expect(warnings).toEqual([
    expect.objectContaining({
      client: 'batch',
      msg: 'an API key has fewer than 16 characters and can be guessed',
    }),
  ]);
  for (const key of Object.values(keys))
    expect(gateway.output.stdout + gateway.output.stderr).not.toContain(key);
});
