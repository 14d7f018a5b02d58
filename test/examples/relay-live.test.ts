import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { folderOf, install } from '../../examples/install.ts';
import { startGateway } from '../gateway-under-test.ts';
import { subscribeOver } from '../live/relay-live.ts';
import { STATUS_QUERY } from '../live/subscriber-under-test.ts';

const NAMED = STATUS_QUERY.replace('subscription ', 'subscription JobStatus');

test('Relay shows status changes of a job live', { timeout: 600_000 }, async () => {
  await install('relay');
  const { Network } = createRequire(join(folderOf('relay'), 'package.json'))('relay-runtime');
  await using gateway = await startGateway();
  const { JobId: jobId } = gateway.emulator.insert('Basic', { Status: 'Training' });
  const statuses: (string | null | undefined)[] = [];
  const webSocket = createClient({ url: `${gateway.origin.replace('http', 'ws')}/graphql` });
  const network = Network.create(() => Promise.reject(new Error('a query')), subscribeOver(webSocket));
  const request = { operationKind: 'subscription', name: 'JobStatus', text: NAMED, id: null, metadata: {} };
  const ended = new Promise<void>((resolve, reject) => {
    network.execute(request, { jobId }, {}, null).subscribe({
      // biome-ignore lint/suspicious/noExplicitAny: Relay's types are not at hand here
      next: ({ data }: any) => statuses.push(data.customizedVoiceJobStatusChanged.status),
      complete: resolve,
      error: reject,
    });
  });
  await expect.poll(() => statuses).toEqual(['TRAINING']);
  gateway.emulator.change(jobId, { Status: 'Success' });
  await ended;
  expect(statuses).toEqual(['TRAINING', 'SUCCESS']);
});
