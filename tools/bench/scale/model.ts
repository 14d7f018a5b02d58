import { POLL_PAUSE_MS } from '../../../src/paging/shared-flight.ts';
import { HEARTBEAT_MS } from '../../../src/upstream/resilience/shared-quota.ts';

/** Replicas on one Redis, and what clients want of them. */
export interface Installation {
  readonly replicas: number;
  /** Pages of 100 that clients want again and again, each from every replica. */
  readonly pages: number;
  /** How long a page may be used, in milliseconds. */
  readonly ttlMs: number;
  /** How long the upstream takes for a page, in milliseconds. */
  readonly latencyMs: number;
}

/** Beside the looks: a turn of the quota, and keeping what was read. */
const SCRIPTS_OF_A_READ = 2;

/** Upstream calls in a second: as many as one replica alone would make. An age is counted from when a page was asked for. */
export function callsPerSecond({ pages, ttlMs, latencyMs }: Installation): number {
  return (1000 * pages) / Math.max(ttlMs, latencyMs);
}

/**
 * Scripts that Redis runs in a second, at most: every replica looks for each page once in a TTL, and all but the one that
 * reads it may look again until it is there.
 */
export function scriptsPerSecond(installation: Installation): number {
  const { replicas, latencyMs } = installation;
  const lookingAgain = (replicas - 1) * Math.ceil(latencyMs / POLL_PAUSE_MS);
  const ofAPage = replicas + lookingAgain + SCRIPTS_OF_A_READ;
  return callsPerSecond(installation) * ofAPage + replicas * (1000 / HEARTBEAT_MS);
}

/** Bytes of pages that go over Redis's network in a second: in from whoever read one, out to all others. */
export function pageBytesPerSecond(installation: Installation, pageBytes: number): number {
  return installation.replicas * callsPerSecond(installation) * pageBytes;
}

/** Live status on replicas on all of which somebody looks on. */
export interface Watching {
  readonly replicas: number;
  /** Different jobs that are watched on one replica. */
  readonly jobsEach: number;
  /** Changes of all watched jobs together, in a second. */
  readonly changes: number;
}

/** Messages that Redis hands over in a second: the reader's sign of life and each change to all, wishes to the reader. */
export function messagesPerSecond({ replicas, changes }: Watching): number {
  return replicas * (1 + changes) + (replicas - 1);
}

/** Bytes of those messages, but for signs of life. */
export function messageBytesPerSecond(
  { replicas, jobsEach, changes }: Watching,
  { stateBytes, wishBytesOfJob }: { readonly stateBytes: number; readonly wishBytesOfJob: number },
): number {
  return replicas * changes * stateBytes + (replicas - 1) * jobsEach * wishBytesOfJob;
}
