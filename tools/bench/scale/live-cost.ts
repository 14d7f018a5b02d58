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

/** Number of subscribed jobs for measurements per job. */
const JOBS = 20_000;

/** Length of the list that contains them. */
const LISTED = 1_000_000;

const MESSAGES = 2000;
const LISTENERS = 100;

/** Cost of sharing the state of subscribed jobs between replicas. */
export interface LiveCost {
  /** Bytes of a message with one status change. */
  readonly stateBytes: number;
  /** Bytes that a replica publishes per job of interest. */
  readonly interestBytesOfJob: number;
  /** CPU of the leader per second, for each job that another replica is interested in. */
  readonly interestMicrosOfJob: number;
  /** CPU of planning the polls, for each of {@link JOBS} in a list of a million. */
  readonly planMicrosOfJob: number;
  /** Memory of a subscribed job with one subscriber, without a connection. */
  readonly heapBytesOfJob: number;
  /** CPU of Redis per message, for each of {@link LISTENERS} subscribers. */
  readonly deliveryMicros: number;
}

/** Measures in this process and with a new Redis, with jobs like the given one. */
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
  const interest = encodeInterest({ from: randomUUID(), jobIds });
  return {
    stateBytes: Buffer.byteLength(message),
    interestBytesOfJob: Buffer.byteLength(interest) / JOBS,
    interestMicrosOfJob: leastMicros(() => handleInterest(interest)) / JOBS,
    planMicrosOfJob: leastMicros(planner(jobIds)) / JOBS,
    heapBytesOfJob: heapOf(jobIds, job) / JOBS,
    deliveryMicros: await deliveryMicros(message),
  };
}

/** The leader's handling of a published interest, once per second. */
function handleInterest(text: string): void {
  const [peers, interest] = [new ReplicaInterest(), decodeInterest(text)];
  if (interest !== undefined) peers.add(interest);
  new Set(peers.jobIds);
}

/** Jobs spread over the list as far as possible. */
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
    // Parsed separately, so that each job has its own strings.
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

/** The minimum of several runs, because other processes may use this core. */
function leastMicros(act: () => void): number {
  const took = Array.from({ length: 10 }, () => {
    const startedAt = performance.now();
    act();
    return performance.now() - startedAt;
  });
  return 1000 * Math.min(...took);
}
