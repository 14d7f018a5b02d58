import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Redis } from 'ioredis';
import { monotonicNow, type RedisMs } from '../../../src/clock.ts';
import type { RowRange } from '../../../src/paging/row-range.ts';
import { VoiceJob } from '../../../src/voice-jobs/job.ts';
import { JobRegistry } from '../../../src/voice-jobs/watch/job-registry.ts';
import { ReplicaInterest } from '../../../src/voice-jobs/watch/leader.ts';
import { planReads } from '../../../src/voice-jobs/watch/poll-plan.ts';
import {
  decodeInterest,
  encodeInterest,
  encodeMessage,
} from '../../../src/voice-jobs/watch/state-broadcast.ts';
import { startRedis } from './redis.ts';

/** Jobs that are watched in one process, where something is measured for each of many. */
const JOBS = 20_000;

/** In how long a list they stand. */
const LISTED = 1_000_000;

const MESSAGES = 2000;
const LISTENERS = 100;

/** What it costs replicas to tell each other of watched jobs. */
export interface LiveCost {
  /** Of a message that tells of one change. */
  readonly stateBytes: number;
  readonly wishBytesOfJob: number;
  /** For the one who reads for all, each second, for each job that another replica wants. */
  readonly wishMicrosOfJob: number;
  /** To decide which calls read the jobs that are due, for each of {@link JOBS} in a list of a million. */
  readonly planMicrosOfJob: number;
  /** Memory of a watched job, with one who looks on but without a connection. */
  readonly heapBytesOfJob: number;
  /** Time of Redis for a message, for each of {@link LISTENERS} who hear it. */
  readonly deliveryMicros: number;
}

/** Measures in this process, with jobs like one that the upstream lists, and in a Redis of its own. */
export async function measureLive({ rows: [job] }: RowRange<VoiceJob>): Promise<LiveCost> {
  if (job === undefined) throw new Error('no job to measure with');
  const jobIds = Array.from({ length: JOBS }, (_, index) => index.toString(16).padStart(32, '0'));
  const readAt = (Date.now() + 0.5) as RedisMs;
  const message = encodeMessage({
    from: randomUUID(),
    sequence: 1000,
    isReader: true,
    states: [{ jobId: job.jobId, job, sentAt: readAt, readAt }],
  });
  const wish = encodeInterest({ from: randomUUID(), jobIds });
  return {
    stateBytes: Buffer.byteLength(message),
    wishBytesOfJob: Buffer.byteLength(wish) / JOBS,
    wishMicrosOfJob: leastMicros(() => hear(wish)) / JOBS,
    planMicrosOfJob: leastMicros(planner(jobIds)) / JOBS,
    heapBytesOfJob: heapOf(jobIds, job) / JOBS,
    deliveryMicros: await deliveryMicros(message),
  };
}

/** What the one who reads does with a wish, every second. */
function hear(text: string): void {
  const [peers, wish] = [new ReplicaInterest(), decodeInterest(text)];
  if (wish !== undefined) peers.add(wish);
  new Set(peers.jobIds);
}

/** Jobs that lie as far apart as they can. */
function planner(jobIds: readonly string[]): () => void {
  const every = LISTED / jobIds.length;
  const jobs = jobIds.map((jobId, index) => ({
    jobId,
    type: 'Basic' as const,
    position: { type: 'Basic' as const, offset: Math.floor(index * every), total: LISTED },
    missingFrom: 'nowhere' as const,
  }));
  return () => void planReads(jobs, (type) => (type === 'Basic' ? LISTED : 0), Number.POSITIVE_INFINITY);
}

function heapOf(jobIds: readonly string[], like: VoiceJob): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const text = JSON.stringify(like);
  const watched = new JobRegistry();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (const jobId of jobIds) {
    const [job] = watched.subscribe(jobId, () => {});
    // Its texts are its own, as those of a job that was read.
    const read = { row: new VoiceJob({ ...JSON.parse(text), jobId }), sentAt: monotonicNow() };
    watched.update(job, read, monotonicNow());
  }
  collect();
  const { heapUsed } = process.memoryUsage();
  if (watched.size !== jobIds.length) throw new Error('jobs were forgotten while they were measured');
  return heapUsed - before;
}

async function deliveryMicros(message: string): Promise<number> {
  await using server = await startRedis();
  const listeners = Array.from({ length: LISTENERS }, () => new Redis(server.url));
  try {
    await Promise.all(listeners.map((listener) => listener.subscribe('states')));
    const before = await server.figures();
    for (let index = 0; index < MESSAGES; index++) await server.client.publish('states', message);
    const { cpuMicros } = await server.figures();
    return (cpuMicros - before.cpuMicros) / (MESSAGES * LISTENERS);
  } finally {
    for (const listener of listeners) listener.disconnect();
  }
}

/** The least of some turns: others may want this core meanwhile. */
function leastMicros(act: () => void): number {
  const took = Array.from({ length: 10 }, () => {
    const startedAt = performance.now();
    act();
    return performance.now() - startedAt;
  });
  return 1000 * Math.min(...took);
}
