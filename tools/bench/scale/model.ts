import { POLL_PAUSE_MS } from '../../../src/paging/shared-flight.ts';
import { HEARTBEAT_MS } from '../../../src/upstream/resilience/shared-quota.ts';

/** Replicas with one Redis, and their load. */
export interface Installation {
  readonly replicas: number;
  /** Pages of 100 that clients request repeatedly from every replica. */
  readonly pages: number;
  /** Maximum age of a page, in milliseconds. */
  readonly ttlMs: number;
  /** Latency of the upstream, in milliseconds. */
  readonly latencyMs: number;
}

/** Scripts per read in addition to look-ups: reserving a slot, and storing the page. */
const SCRIPTS_OF_A_READ = 2;

/** Upstream calls per second: as many as a single replica would make. The age of a page counts from its request. */
export function callsPerSecond({ pages, ttlMs, latencyMs }: Installation): number {
  return (1000 * pages) / Math.max(ttlMs, latencyMs);
}

/**
 * Upper bound of the scripts per second in Redis: every replica looks each page up once per TTL, and all but the reader may
 * poll until it is there.
 */
export function scriptsPerSecond(installation: Installation): number {
  const { replicas, latencyMs } = installation;
  const lookingAgain = (replicas - 1) * Math.ceil(latencyMs / POLL_PAUSE_MS);
  const ofAPage = replicas + lookingAgain + SCRIPTS_OF_A_READ;
  return callsPerSecond(installation) * ofAPage + replicas * (1000 / HEARTBEAT_MS);
}

/** Bytes per second between Redis and replicas for pages: one upload by the reader, one download by each other replica. */
export function pageBytesPerSecond(installation: Installation, pageBytes: number): number {
  return installation.replicas * callsPerSecond(installation) * pageBytes;
}

/** Live status with subscribers on all replicas. */
export interface Watching {
  readonly replicas: number;
  /** Number of distinct jobs with subscribers on one replica. */
  readonly jobsEach: number;
  /** Status changes per second of all subscribed jobs. */
  readonly changes: number;
}

/**
 * Messages per second that Redis delivers: the leader's heartbeat and each change to all replicas, interests to the leader.
 */
export function messagesPerSecond({ replicas, changes }: Watching): number {
  return replicas * (1 + changes) + (replicas - 1);
}

/** Bytes of those messages, without heartbeats. */
export function messageBytesPerSecond(
  { replicas, jobsEach, changes }: Watching,
  { stateBytes, interestBytesOfJob }: { readonly stateBytes: number; readonly interestBytesOfJob: number },
): number {
  return replicas * changes * stateBytes + (replicas - 1) * jobsEach * interestBytesOfJob;
}
