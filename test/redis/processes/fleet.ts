import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startRedis } from '../redis-server.ts';
import type { SeenCall } from './emulator-child.ts';
import { type EmulatorProcess, startEmulatorProcess } from './emulator-process.ts';
import type { Question } from './load.ts';
import { type Replica, startReplica } from './replica.ts';

/** Replicas on one Redis before one emulator, each a process. */
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

/** Five windows on three pages of the list, the last of them from a cursor at the edge of a page. */
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

/** What was asked for in a while, counted from now. */
export async function callsIn(ms: number, { emulator }: ProcessFleet): Promise<readonly SeenCall[]> {
  await emulator.tell('reset');
  await sleep(ms);
  return emulator.tell('calls');
}
