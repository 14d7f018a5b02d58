import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { subscribe } from '../live/read-events.ts';
import { startRedis } from '../redis/redis-server.ts';
import { startReceiver } from './otlp-receiver.ts';

const PAGE = '{ customizedVoiceJobs(first: 10) { nodes { jobId status voiceName } pageInfo { endCursor } } }';

/** Maximum age of rows in milliseconds; each step below waits until they are older. */
const TTL_MS = 50;

/**
 * A gateway with all features, to which everything that is counted has happened: cached responses, stale rows, invalid rows,
 * moved cursors, retries, an open circuit, rejections, a subscription.
 */
export async function startBusyGateway(): Promise<GatewayUnderTest> {
  const [redis, receiver] = [await startRedis(), await startReceiver()];
  const gateway = await startGateway({
    gateway: {
      redisUrl: redis.url,
      otlpEndpoint: receiver.endpoint,
      cache: { ttlMs: TTL_MS, staleIfErrorMs: 60_000 },
      limits: { bodyBytes: 1000, complexity: 400 },
    },
  });
  const { emulator, ask } = gateway;
  const grow = () => new Promise((resolve) => setTimeout(resolve, 2 * TTL_MS));
  await Promise.all([ask(PAGE), ask(PAGE)]);
  await ask(PAGE);

  emulator.rewritePage(({ rows }) => ({
    totalCount: 2,
    rows: [{ ...rows[0], Status: 'Archived', VoiceName: 7 }, {}] as never,
  }));
  await grow();
  await ask(PAGE);
  emulator.rewritePage(null);

  await grow();
  const { endCursor } = (await ask(PAGE)).data.customizedVoiceJobs.pageInfo;
  emulator.insertMany('Basic', 3);
  await grow();
  await ask(`{ customizedVoiceJobs(first: 5, after: "${endCursor}") { nodes { jobId } } }`);

  emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 }, { times: 1 });
  emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 }, { times: 1 });
  for (let time = 0; time < 2; time++) {
    await grow();
    await ask(PAGE);
  }
  await ask('query Dear { customizedVoiceJobs(first: 100) { nodes { jobId status voiceName type } } }');
  await fetch(`${gateway.origin}/graphql`, { method: 'POST', body: 'x' });

  const { JobId } = emulator.insert('Basic', { Status: 'Success' });
  const variables = { jobId: JobId };
  const query = 'subscription S($jobId: ID!) { customizedVoiceJobStatusChanged(jobId: $jobId) { status } }';
  for await (const _ of subscribe(`${gateway.origin}/graphql`, { query, variables }));

  const repair = emulator.fault({ kind: 'empty', status: 500 });
  await grow();
  for (let index = 0; index < 12; index++) await ask(PAGE);
  repair();
  return {
    ...gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
}
