import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { JobStatusDocument, OneJobDocument } from '../../examples/operations/generated/graphql.ts';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { createSdk } from '../clients/sdk-client.ts';
import { startGateway } from '../gateway-under-test.ts';
import { startScript } from '../parts/script.ts';
import { createApollo } from './apollo-live.ts';
import { createUrql } from './urql-live.ts';

const KEY = 'kR3f0qX9vT2mB7wLz5pJ';
const auth = { apiKeys: [hashApiKey('web', KEY)], jwt: undefined };

/** A gateway with a job in training, and the states that a client has received. */
async function start(gateway = {}) {
  const started = await startGateway({ gateway });
  onTestFinished(() => started[Symbol.asyncDispose]());
  const { JobId: jobId } = started.emulator.insert('Basic', { Status: 'Training' });
  const statuses: (string | null | undefined)[] = [];
  /** Finishes the job once the client has received its current state. */
  const finish = async () => {
    await expect.poll(() => statuses).toEqual(['TRAINING']);
    started.emulator.change(jobId, { Status: 'Success' });
  };
  return { ...started, url: `${started.origin}/graphql`, jobId, statuses, finish };
}

test('curl prints each state when it arrives', async () => {
  const { url, jobId, emulator } = await start();
  const script = join(import.meta.dirname, 'watch-job.sh');
  const child = startScript(script, [jobId], { env: { ENDPOINT: url } });
  let printed = '';
  child.stdout?.on('data', (chunk) => {
    printed += chunk;
  });
  await expect.poll(() => printed).toContain('"status":"TRAINING"');
  emulator.change(jobId, { Status: 'Success' });
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(printed).toMatch(/"status":"SUCCESS".*\n\nevent: complete\ndata:\n\n$/);
});

test('Apollo Client receives the states over WebSocket, and updates the job in its cache', async () => {
  const { url, jobId, statuses, finish } = await start({ auth });
  const client = createApollo(url, { 'x-api-key': KEY });
  onTestFinished(() => client.stop());
  const shown: (string | null | undefined)[] = [];
  const watched = client
    .watchQuery({ query: OneJobDocument, variables: { jobId } })
    .subscribe(({ data }) => shown.push(data?.customizedVoiceJob?.status ?? undefined));
  await expect.poll(() => shown.at(-1)).toBe('TRAINING');
  const ended = new Promise<void>((resolve, reject) => {
    client.subscribe({ query: JobStatusDocument, variables: { jobId } }).subscribe({
      next: ({ data }) => statuses.push(data?.customizedVoiceJobStatusChanged.status),
      complete: resolve,
      error: reject,
    });
  });
  await finish();
  await ended;
  expect(statuses).toEqual(['TRAINING', 'SUCCESS']);
  await expect.poll(() => shown.at(-1)).toBe('SUCCESS');
  watched.unsubscribe();
});

test('urql receives the states over HTTP only, and updates the job in its cache', async () => {
  const { url, jobId, statuses, finish } = await start({ auth });
  const client = createUrql(url, KEY);
  const shown: (string | null | undefined)[] = [];
  const watched = client
    .query(OneJobDocument, { jobId })
    .subscribe(({ data }) => shown.push(data?.customizedVoiceJob?.status));
  await expect.poll(() => shown.at(-1)).toBe('TRAINING');
  const { unsubscribe } = client.subscription(JobStatusDocument, { jobId }).subscribe(({ data, error }) => {
    statuses.push(error?.message ?? data?.customizedVoiceJobStatusChanged.status);
  });
  await finish();
  // The end is another result.
  await expect.poll(() => statuses).toEqual(['TRAINING', 'SUCCESS', 'SUCCESS']);
  await expect.poll(() => shown.at(-1)).toBe('SUCCESS');
  unsubscribe();
  watched.unsubscribe();
});

test('the generated SDK returns the states as an async iterable', async () => {
  const { url, jobId, statuses, finish } = await start();
  const finished = finish();
  for await (const { customizedVoiceJobStatusChanged } of createSdk(url).JobStatus({ jobId })) {
    statuses.push(customizedVoiceJobStatusChanged.status);
  }
  await finished;
  expect(statuses).toEqual(['TRAINING', 'SUCCESS']);
});
