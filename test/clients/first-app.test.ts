import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { startGateway } from '../gateway-under-test.ts';

const MAIN = join(import.meta.dirname, '../../examples/first-app/main.ts');

/** Runs the tutorial's first app to its end. */
function runApp(env: Record<string, string>): Promise<{ code: number; lines: string[] }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN], { env }, (_, stdout) =>
      resolve({ code: child.exitCode ?? -1, lines: stdout.trimEnd().split('\n') }),
    );
  });
}

test("the tutorial's first app loads two pages and follows the newest job to its final status", async () => {
  await using gateway = await startGateway();
  const { JobId: jobId } = gateway.emulator.insert('Basic', { Status: 'Success' });
  const { code, lines } = await runApp({ GATEWAY_URL: gateway.origin });
  expect(code).toBe(0);
  expect(lines.at(-2)).toMatch(/^20 of \d+ jobs are loaded$/);
  expect(lines.at(-1)).toBe(`${jobId} SUCCESS`);
});

test("the tutorial's first app prints the error code of a wrong key and exits with 1", async () => {
  const apiKeys = [hashApiKey('web', randomBytes(18).toString('base64url'))];
  await using gateway = await startGateway({ gateway: { auth: { apiKeys, jwt: undefined } } });
  const env = { GATEWAY_URL: gateway.origin, API_KEY: randomBytes(18).toString('base64url') };
  const { code, lines } = await runApp(env);
  expect(code).toBe(1);
  expect(lines.at(-1)).toMatch(/^UNAUTHENTICATED: /);
});
