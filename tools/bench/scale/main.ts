import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { Bench } from '../bench.ts';
import { describeMachine } from '../machine.ts';
import { parseOptions, UsageError } from '../options.ts';
import { gateway } from '../peers/gateway.ts';
import type { Walk } from '../walk.ts';
import { type Fleet, measureFleet } from './fleet.ts';
import { LENGTHS, measureGrowth } from './growth.ts';
import { measureLive } from './live-cost.ts';
import { parseScaleOptions, type ScaleOptions } from './options.ts';
import { measurePage } from './page-cost.ts';
import {
  asMarkdown,
  asText,
  type GrowthReport,
  growthTables,
  type Measured,
  type ScaleReport,
  scaleTables,
} from './report.ts';

/** Connections of all replicas together: a multiple of every number of replicas. */
const CONNECTIONS = 60;

const FLEETS: readonly Fleet[] = [
  { replicas: 1, isShared: false },
  { replicas: 2, isShared: false },
  { replicas: 3, isShared: false },
  { replicas: 1, isShared: true },
  { replicas: 2, isShared: true },
  { replicas: 3, isShared: true },
];

/** Windows of ten among 5,000 jobs: a few that are far apart, or all. */
const LOADS: readonly { readonly name: string; readonly every: number; readonly pages: number }[] = [
  { name: '5 windows', every: 100, pages: 5 },
  { name: '500 windows', every: 1, pages: 50 },
];

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  try {
    const options = parseScaleOptions(args);
    const report = options.growth ? await measureGrowths(options) : await measure(options);
    const tables = 'growths' in report ? growthTables(report) : scaleTables(report);
    process.stdout.write(asText(tables));
    if (options.markdown !== undefined) await writeFile(options.markdown, asMarkdown(tables));
    if (options.out !== undefined)
      await writeFile(options.out, `${JSON.stringify({ options, ...report }, null, 2)}\n`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${error instanceof UsageError ? '' : 'The bench failed: '}${message}\n`);
    process.exitCode = 1;
  }
}

/** @throws Error for a failure or a wrong response */
async function measure({ longSeconds }: ScaleOptions): Promise<ScaleReport> {
  const machine = describeMachine();
  await using bench = await Bench.open(parseOptions([]));
  const walk = await bench.pages(gateway);
  const measured: Measured[] = [];
  for (const { name: load, every, pages } of LOADS)
    for (const fleet of FLEETS) {
      process.stderr.write(`${load}: ${fleet.replicas}${fleet.isShared ? ' with Redis' : ''}\n`);
      const cost = await measureFleet(bench, fleet, each(walk, every), CONNECTIONS, longSeconds);
      measured.push({ load, pages, fleet, cost });
    }
  process.stderr.write('a page, and a watched job\n');
  const { page, span } = await measurePage(bench.upstream);
  const live = await measureLive(span);
  return { machine, connections: CONNECTIONS, longSeconds, measured, page, live };
}

async function measureGrowths({ quick }: ScaleOptions): Promise<GrowthReport> {
  const machine = describeMachine();
  const lengths = quick ? LENGTHS.slice(0, 3) : LENGTHS;
  const progress = (text: string) => process.stderr.write(`${text}\n`);
  const growths = [
    await measureGrowth(lengths, false, progress),
    await measureGrowth(lengths, true, progress),
  ];
  return { machine, growths };
}

function each({ bodies, texts }: Walk, every: number): Walk {
  const chosen = (_: string, index: number): boolean => index % every === 0;
  return { bodies: bodies.filter(chosen), texts: texts.filter(chosen) };
}
