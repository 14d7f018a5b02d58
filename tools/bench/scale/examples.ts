import type { Cells } from '../report/table.ts';
import {
  callsPerSecond,
  type Installation,
  messageBytesPerSecond,
  messagesPerSecond,
  pageBytesPerSecond,
  scriptsPerSecond,
  type Watching,
} from './model.ts';

/** Rounded constants, named as in docs/scaling.md. */
export const CONSTANTS = {
  pageBytes: 5100,
  heldBytes: 6200,
  scriptMicros: 20,
  deliveryMicros: 2.4,
  stateBytes: 317,
  interestBytesOfJob: 35,
  readerMicrosOfJob: 0.8,
  jobBytes: 1400,
} as const;

const TTL_MS = 2000;
const LATENCY_MS = 50;

/** Changes per job, which runs for half an hour. */
const CHANGES_PER_SECOND = 5 / 1800;

const PAGES: readonly [replicas: number, pages: number][] = [
  [1, 5],
  [3, 5],
  [3, 40],
  [10, 40],
  [100, 40],
  [1000, 5],
  [1000, 40],
  [10, 400],
  [100, 400],
];

const WATCHED: readonly [replicas: number, jobs: number][] = [
  [3, 6],
  [3, 1000],
  [10, 10_000],
  [100, 100_000],
  [1000, 100_000],
  [1000, 1_000_000],
];

/** Cost of pages that clients request from all replicas, by the formulas. */
export function pageExamples(): Cells {
  return [
    ['replicas', 'pages', 'quota it takes', 'Redis scripts/s', 'of a core', 'MB/s'],
    ...PAGES.map(([replicas, pages]) => {
      const installation: Installation = { replicas, pages, ttlMs: TTL_MS, latencyMs: LATENCY_MS };
      const scripts = scriptsPerSecond(installation);
      return [
        whole(replicas),
        whole(pages),
        decimal(callsPerSecond(installation)),
        whole(scripts),
        percent(scripts * CONSTANTS.scriptMicros),
        decimal(pageBytesPerSecond(installation, CONSTANTS.pageBytes) / 1e6),
      ];
    }),
  ];
}

/** Cost of sharing the state of subscribed jobs between replicas, by the formulas. */
export function liveExamples(): Cells {
  return [
    [
      'replicas',
      'jobs',
      'changes/s',
      'messages/s',
      "of Redis's core",
      'MB/s',
      'of the core that reads',
      'MB there',
    ],
    ...WATCHED.map(([replicas, jobs]) => {
      const changes = jobs * CHANGES_PER_SECOND;
      const watching: Watching = { replicas, jobsEach: jobs / replicas, changes };
      const messages = messagesPerSecond(watching);
      return [
        whole(replicas),
        whole(jobs),
        decimal(changes),
        whole(messages),
        percent(messages * CONSTANTS.deliveryMicros),
        decimal(messageBytesPerSecond(watching, CONSTANTS) / 1e6),
        percent(jobs * CONSTANTS.readerMicrosOfJob),
        whole((jobs * CONSTANTS.jobBytes) / 1e6),
      ];
    }),
  ];
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** One digit after the decimal point for small numbers. */
function decimal(value: number): string {
  return value < 10 ? value.toFixed(value < 0.1 && value > 0 ? 3 : 1) : whole(value);
}

function percent(microsPerSecond: number): string {
  const value = microsPerSecond / 1e4;
  return `${value < 10 ? value.toFixed(1) : whole(value)} %`;
}
