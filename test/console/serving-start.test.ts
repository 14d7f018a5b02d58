import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, expect, test } from 'vitest';
import { type GatewayProcess, runGateway } from '../process/gateway-process.ts';

const root = join(import.meta.dirname, '../..');

// `npm ci` builds the console; `npm ci --ignore-scripts` does not. In a process of its own, because it sets NODE_ENV.
beforeAll(() => {
  if (existsSync(join(root, 'console/dist/index.html'))) return;
  const { status, stderr } = spawnSync(process.execPath, ['tools/packaging/console/main.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
});

/** Status of the page, and the start message. */
async function pageOf(gateway: GatewayProcess) {
  const { status } = await fetch(`${await gateway.origin}/console`);
  return { status, told: /^Console at .*$/m.exec(gateway.output.stderr)?.[0] };
}

test('without configuration the console is on, and the start message has its address', async () => {
  await using gateway = runGateway({});
  expect(await pageOf(gateway)).toEqual({ status: 200, told: `Console at ${await gateway.origin}/console` });
});

test.each([
  ['the real service', { IMS_UPSTREAM: 'alibaba' }],
  ['production', { IMS_UPSTREAM: 'emulator', NODE_ENV: 'production' }],
  ['CONSOLE=off', { CONSOLE: 'off' }],
])('with %s it is off, and the start message does not mention it', async (_, env: Record<string, string>) => {
  await using gateway = runGateway(env);
  expect(await pageOf(gateway)).toEqual({ status: 404, told: undefined });
  expect(gateway.output.stdout).not.toContain('no console');
});

test('with CONSOLE=on it is served in production in front of the real service', async () => {
  await using gateway = runGateway({ CONSOLE: 'on', IMS_UPSTREAM: 'alibaba', NODE_ENV: 'production' });
  expect(await pageOf(gateway)).toMatchObject({ status: 200 });
});
