import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGateway } from '../process/gateway-process.ts';
import { open } from './raw-socket.ts';
import { follow } from './subscriber-under-test.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Reports the package of each file when it is loaded. */
const HOOK = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    load(url, context, next) {
      const found = /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url);
      if (found) process.stderr.write('loaded <' + found[1] + '>\\n');
      return next(url, context);
    },
  });
`)}`;

test('WebSocket packages are loaded for the first client, and Redis packages never without REDIS_URL', async () => {
  await using gateway = runGateway({ LIVE_POLL_MS: '100' }, [], {
    node: ['--import', HOOK, join(ROOT, 'src/main.ts')],
    folder: ROOT,
  });
  const origin = await gateway.origin;
  const { output } = gateway;
  const following = follow('server-sent events', origin, 'nobody');
  await following.ended;
  expect(following.answers).toMatchObject([{ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }]);
  expect(output.stderr).toContain('loaded <graphql>');
  expect(output.stderr).not.toMatch(/<(ws|graphql-ws|graphql-yoga|ioredis)>/);
  const { socket } = await open(origin);
  await expect.poll(() => output.stderr).toContain('loaded <ws>');
  expect(output.stderr).toContain('loaded <graphql-ws>');
  expect(output.stderr).not.toMatch(/<(graphql-yoga|ioredis)>/);
  socket.close();
});
