import type { Machine } from '../machine.ts';
import { CACHE_TTL_MS } from '../peers/peer.ts';
import { type Cells, markdown, plain } from '../report/table.ts';
import type { Fleet, FleetCost } from './fleet.ts';
import type { Growth, PageOfLength } from './growth.ts';
import type { LiveCost } from './live-cost.ts';
import { scriptsPerSecond } from './model.ts';
import type { PageCost } from './page-cost.ts';

/** A load on a fleet, with its cost. */
export interface Measured {
  readonly load: string;
  /** Number of pages of 100 that it requests. */
  readonly pages: number;
  readonly fleet: Fleet;
  readonly cost: FleetCost;
}

/** The content of a report. */
export interface ScaleReport {
  readonly machine: Machine;
  /** Connections of all replicas together. */
  readonly connections: number;
  readonly longSeconds: number;
  readonly measured: readonly Measured[];
  readonly page: PageCost;
  readonly live: LiveCost;
}

const HEADING = [
  'load',
  'replicas',
  'responses/s',
  'calls/s',
  '× one alone',
  'CPU µs/response',
  'MB each',
  'Redis scripts/s',
  'by the formula',
  'kB/s',
  'CPU %',
  'keys',
  'held kB',
];

/** Costs of pages by the length of their list, once per setting of the cache. */
export interface GrowthReport {
  readonly machine: Machine;
  readonly growths: readonly (readonly Growth[])[];
}

/** A report as tables, with a description. */
export interface Tables {
  readonly description: string;
  readonly tables: readonly Cells[];
}

/** For a terminal. */
export function asText({ description, tables }: Tables): string {
  return `${[description, ...tables.map(plain)].join('\n\n')}\n`;
}

/** For the documentation. */
export function asMarkdown({ description, tables }: Tables): string {
  return `${[description, ...tables.map(markdown)].join('\n\n')}\n`;
}

export function growthTables({ machine, growths }: GrowthReport): Tables {
  const { date, cpu, cores, node, loadBefore } = machine;
  return {
    description:
      `${date}: ${cpu}, ${cores} cores shared by gateway, upstream and client, Node ${node}; ` +
      `load before the start ${loadBefore.toFixed(1)}.`,
    tables: growths.map(growthCells),
  };
}

function growthCells(growths: readonly Growth[]): Cells {
  const costs = ({ calls, cpuMicros }: PageOfLength) => [calls.toFixed(2), whole(cpuMicros)];
  return [
    [
      `rows, cache ${growths[0]?.isCached ? 'on' : 'off'}`,
      ...['calls, unchanged', 'µs'],
      ...['calls, changing', 'µs'],
      ...['calls, old cursors', 'µs'],
      'live MB',
      'RSS MB',
    ],
    ...growths.map(({ rows, atRest, moving, afterChanges, liveMb, rssMb }) => [
      rows.toLocaleString('en'),
      ...costs(atRest),
      ...costs(moving),
      ...costs(afterChanges),
      liveMb.toFixed(1),
      whole(rssMb),
    ]),
  ];
}

/**
 * Upstream calls per second of a fleet, relative to those of a single replica under the same load. NaN if that was not
 * measured.
 */
export function timesOneAlone({ load, cost }: Measured, all: readonly Measured[]): number {
  const alone = all.find(
    (other) => other.load === load && other.fleet.replicas === 1 && !other.fleet.isShared,
  );
  return alone === undefined ? Number.NaN : callsPerSecond(cost) / callsPerSecond(alone.cost);
}

export function scaleTables(report: ScaleReport): Tables {
  return { description: description(report), tables: tables(report) };
}

function description({ machine, connections, longSeconds }: ScaleReport): string {
  const { date, cpu, cores, node, loadBefore } = machine;
  return (
    `${date}: ${cpu}, ${cores} cores shared by replicas, Redis, upstream and load, Node ${node}; ` +
    `load before the start ${loadBefore.toFixed(1)}. ${connections} connections, ${longSeconds} s each, ` +
    `a TTL of ${CACHE_TTL_MS / 1000} s.`
  );
}

function tables({ measured, page, live }: ScaleReport): Cells[] {
  return [[HEADING, ...measured.map((one) => rowOf(one, measured))], pageCells(page), liveCells(live)];
}

function rowOf(measured: Measured, all: readonly Measured[]): string[] {
  const { load, pages, fleet, cost } = measured;
  const { redis } = cost;
  // The bench's upstream responds in less than a millisecond, so replicas never poll for a page.
  const formula = scriptsPerSecond({ ...fleet, pages, ttlMs: CACHE_TTL_MS, latencyMs: 1 });
  return [
    load,
    `${fleet.replicas}${fleet.isShared ? ' with Redis' : ''}`,
    whole(cost.responsesPerSecond),
    callsPerSecond(cost).toFixed(1),
    timesOneAlone(measured, all).toFixed(2),
    cost.cpuMicrosPerResponse.toFixed(1),
    whole(cost.rssMb),
    ...(redis === undefined
      ? ['–', '–', '–', '–', '–', '–']
      : [
          whole(redis.scriptsPerSecond),
          whole(formula),
          whole(redis.kilobytesPerSecond),
          redis.cpuPercent.toFixed(1),
          whole(redis.keys),
          whole(redis.heldBytes / 1000),
        ]),
  ];
}

function pageCells({ scripts, ...page }: PageCost): Cells {
  return [
    ['a page of 100', ''],
    ['bytes, as the upstream sends it', whole(page.upstreamBytes)],
    ['bytes, as replicas share it', whole(page.sharedBytes)],
    ['bytes, as Redis holds it, with its key', whole(page.heldBytes)],
    ['µs to encode', whole(page.encodeMicros)],
    ['µs to decode', whole(page.decodeMicros)],
    ...scripts.map(({ name, micros, allMicros }) => [
      `µs of Redis for ${name}, with the network`,
      `${micros.toFixed(1)}, ${allMicros.toFixed(1)}`,
    ]),
  ];
}

function liveCells(live: LiveCost): Cells {
  return [
    ['live status', ''],
    ['bytes of a status change', whole(live.stateBytes)],
    ['bytes of an interest, each job', live.interestBytesOfJob.toFixed(1)],
    ['µs to handle an interest, each job', live.interestMicrosOfJob.toFixed(2)],
    ['µs to plan the reads, each job', live.planMicrosOfJob.toFixed(2)],
    ['bytes of a subscribed job in memory', whole(live.heapBytesOfJob)],
    ['µs of Redis for a message, for each subscriber', live.deliveryMicros.toFixed(1)],
  ];
}

function callsPerSecond({ calls, seconds }: FleetCost): number {
  return calls / seconds;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
