import type { Recovery } from '../upstream/course.ts';
import type { Handles } from './vitals.ts';

/** The memory of the gateway at a time. */
export interface Sample {
  /** Since the load began. */
  readonly minutes: number;
  readonly rssKb: number;
}

/** Everything that a run found beside the answers. */
export interface Figures {
  readonly minutes: number;
  readonly samples: readonly Sample[];
  readonly recoveries: readonly Recovery[];
  /** Requests that reached the upstream, every try counted, by what became of them. */
  readonly upstreamCalls: ReadonlyMap<string, number>;
  /** Descriptors that the gateway has open at rest, after the load, beyond those before it. */
  readonly handlesLeft: Handles;
  /** Milliseconds of each look at /health. */
  readonly healthMs: readonly number[];
  /** The gateway's own account of its event loop: p99 of each ten seconds, in milliseconds. */
  readonly eventLoopP99Ms: readonly number[];
  /** Why the process ended early; undefined when it did not. */
  readonly death: string | undefined;
  /** After SIGTERM; undefined when a signal had to end it. */
  readonly exitCode: number | undefined;
}
