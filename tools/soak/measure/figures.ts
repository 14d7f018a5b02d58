import type { Recovery } from '../upstream/fault-schedule.ts';
import type { Handles } from './vitals.ts';

/** The gateway's memory at a point in time. */
export interface Sample {
  /** Minutes since the load began. */
  readonly minutes: number;
  readonly rssKb: number;
}

/** Results of a run besides the responses. */
export interface Figures {
  readonly minutes: number;
  readonly samples: readonly Sample[];
  readonly recoveries: readonly Recovery[];
  /** Number of requests that reached the upstream by outcome; every attempt counts. */
  readonly upstreamCalls: ReadonlyMap<string, number>;
  /** Descriptors that the idle gateway has open after the load, in addition to those before it. */
  readonly handlesLeft: Handles;
  /** Durations of /health requests, in milliseconds. */
  readonly healthMs: readonly number[];
  /** The gateway's own event loop metric: p99 of each ten seconds, in milliseconds. */
  readonly eventLoopP99Ms: readonly number[];
  /** Why the process ended early; undefined if it did not. */
  readonly death: string | undefined;
  /** Exit code after SIGTERM; undefined if it had to be killed. */
  readonly exitCode: number | undefined;
}
