import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { startGateway } from '../gateway-under-test.ts';
import { follow, TRANSPORTS } from '../live/subscriber-under-test.ts';
import { startNginx } from '../nginx.ts';
import { askJobs } from '../server/call.ts';

const deployed = (file: string) =>
  readFileSync(join(import.meta.dirname, '../../deploy/nginx', file), 'utf8');

/** The documented configuration for one gateway, without TLS, and with the documented location for a path prefix. */
function documentedConfiguration(origin: string): string {
  const { host } = new URL(origin);
  return deployed('gateway.conf')
    .replace(/ +server 127\.0\.0\.1:400\d max_fails=0;\n/g, '')
    .replace('keepalive 32;', `server ${host} max_fails=0;\n keepalive 32;`)
    .replace('listen 443 ssl;', 'listen 127.0.0.1:{port};')
    .replace(/ +ssl_certificate.*\n/g, '')
    .replace('  location / {', `${deployed('sub-path.conf')}\n  location / {`);
}

test('behind nginx as documented, queries and subscriptions work at the root and with a path prefix', async () => {
  const key = randomBytes(24).toString('base64url');
  await using gateway = await startGateway({
    gateway: {
      auth: { apiKeys: [hashApiKey('web', key)], jwt: undefined },
      trustedProxies: ['127.0.0.1'],
    },
  });
  await using nginx = await startNginx(documentedConfiguration(gateway.origin));
  for (const origin of [nginx.origin, `${nginx.origin}/voice`]) {
    for (const headers of [{ 'x-api-key': key }, { authorization: `Bearer ${key}` }])
      expect((await askJobs(origin, headers)).status).toBe(200);
    for (const transport of TRANSPORTS) {
      const { JobId } = gateway.emulator.insert('Basic', { Status: 'Training' });
      const following = follow(transport, origin, JobId, { authorization: `Bearer ${key}` });
      // An event that nginx buffers would not arrive before the job has ended.
      await expect.poll(() => following.statuses, { timeout: 10_000 }).toEqual(['TRAINING']);
      gateway.emulator.change(JobId, { Status: 'Success' });
      await following.ended;
      expect(following.statuses).toEqual(['TRAINING', 'SUCCESS']);
    }
  }
  expect((await askJobs(nginx.origin, {}, { from: '127.0.0.9' })).status).toBe(401);
  await expect
    .poll(() => gateway.logged)
    .toContainEqual(expect.objectContaining({ status: 401, address: '127.0.0.9' }));
});
