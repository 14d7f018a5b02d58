import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startRedis } from '../redis-server.ts';
import type { SeenCall } from './emulator-child.ts';
import { type EmulatorProcess, startEmulatorProcess } from './emulator-process.ts';
import type { Question } from './load.ts';
import { type Replica, startReplica } from './replica.ts';

/** Replicas on one Redis and one emulator, each in a process of its own. */
export interface ProcessFleet extends AsyncDisposable {
  readonly emulator: EmulatorProcess;
  readonly redis: RedisServer;
  readonly replicas: readonly Replica[];
  readonly origins: readonly string[];
}

export async function startProcessFleet(
  count: number,
  env: Readonly<Record<string, string>>,
): Promise<ProcessFleet> {
  const parts: AsyncDisposable[] = [];
  const end = async () => void (await Promise.all(parts.map((part) => part[Symbol.asyncDispose]())));
  try {
    const emulator = await startEmulatorProcess();
    parts.push(emulator);
    const redis = await startRedis();
    parts.push(redis);
    const replicas = await Promise.all(
      Array.from({ length: count }, async () => {
        const replica = await startReplica(emulator, { ...env, REDIS_URL: redis.url });
        parts.push(replica);
        return replica;
      }),
    );
    const origins = replicas.map(({ origin }) => origin);
    return { emulator, redis, replicas, origins, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

const PAGE = `query ($first: Int, $after: String) {
  customizedVoiceJobs(first: $first, after: $after) { totalCount nodes { jobId status } pageInfo { endCursor } }
}`;

/** Five windows on three pages of the list; the last one starts at a cursor at a page edge. */
export async function fiveWindows(origin: string): Promise<(client: number, request: number) => Question> {
  const cursorAfter = async (first: number, after?: string): Promise<string> => {
    const body = JSON.stringify({ query: PAGE, variables: { first, after } });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body });
    const { data } = (await response.json()) as {
      data: { customizedVoiceJobs: { pageInfo: { endCursor: string } } };
    };
    return data.customizedVoiceJobs.pageInfo.endCursor;
  };
  const edge = await cursorAfter(100);
  const middle = await cursorAfter(20, edge);
  const nextEdge = await cursorAfter(80, middle);
  const windows = [
    { first: 10 },
    { first: 40 },
    { first: 20, after: edge },
    { first: 30, after: middle },
    { first: 20, after: nextEdge },
  ];
  return (client, request) => ({
    query: PAGE,
    variables: windows[(client + request) % windows.length] ?? {},
  });
}

/** The upstream calls of the next `ms` milliseconds. */
export async function callsIn(ms: number, { emulator }: ProcessFleet): Promise<readonly SeenCall[]> {
  await emulator.tell('reset');
  await sleep(ms);
  return emulator.tell('calls');
}
