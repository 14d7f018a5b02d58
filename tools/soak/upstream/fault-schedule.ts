import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from '../../../emulator/emulator.ts';
import type { FailureLog } from './failure-log.ts';
import type { UpstreamFault } from './upstream-faults.ts';

/** Maximum time to wait for a recovery, in milliseconds. */
const MAX_RECOVERY_MS = 30_000;

/** Interval of the probes for a recovery, in milliseconds. */
const PROBE_INTERVAL_MS = 50;

/** How the gateway recovered from a failure of the upstream. */
export interface Recovery {
  readonly fault: string;
  /** Time from the end of the failure to the first complete response that needed the upstream, in milliseconds. */
  readonly tookMs: number;
  /** Code of the last incomplete response before that; undefined if the first one was complete. */
  readonly lastCode: string | undefined;
}

/** Options of a sequence of upstream failures. */
export interface FaultScheduleOptions {
  readonly emulator: Emulator;
  readonly failures: FailureLog;
  readonly upstreamFaults: readonly UpstreamFault[];
  readonly random: () => number;
  /** Maximum duration of the first round, in milliseconds, so that every failure occurs early in a run. */
  readonly firstRoundMs: number;
  /** Sends a request that no cache can serve. Returns the code of its error; undefined for a complete response. */
  readonly probe: () => Promise<string | undefined>;
  readonly recovered: (recovery: Recovery) => void;
  readonly ended: AbortSignal;
}

/** Ranges of the duration of failures, and of the time between them, in milliseconds. */
interface Pace {
  readonly lasts: readonly [minMs: number, maxMs: number];
  readonly quiet: readonly [minMs: number, maxMs: number];
}

const USUAL: Pace = { lasts: [1000, 4000], quiet: [3000, 5000] };

/** Runs one failure after another until the end; each once before any repeats. */
export async function runFaultSchedule(options: FaultScheduleOptions): Promise<void> {
  const { upstreamFaults, random, firstRoundMs, ended } = options;
  const half = firstRoundMs / upstreamFaults.length / 2;
  let pace: Pace = { lasts: [half, half], quiet: [half, half] };
  try {
    for (;;) {
      for (const fault of shuffled(upstreamFaults, random)) await runFault(fault, pace, options);
      pace = USUAL;
    }
  } catch (error) {
    if (!ended.aborted) throw error;
  }
}

async function runFault(
  fault: UpstreamFault,
  { lasts, quiet }: Pace,
  options: FaultScheduleOptions,
): Promise<void> {
  const { emulator, failures, random, recovered, ended } = options;
  const rest = ([minMs, maxMs]: Pace['lasts']) =>
    sleep(minMs + random() * (maxMs - minMs), undefined, { signal: ended });
  await rest(quiet);
  const end = fault.begin(emulator);
  failures.begin(fault.name);
  await rest(lasts).finally(() => {
    end();
    failures.end();
  });
  recovered({ fault: fault.name, ...(await recovery(options)) });
}

async function recovery({ probe, ended }: FaultScheduleOptions): Promise<Omit<Recovery, 'fault'>> {
  const fromMs = performance.now();
  let lastCode: string | undefined;
  for (;;) {
    const code = await probe();
    const tookMs = performance.now() - fromMs;
    if (code === undefined || tookMs > MAX_RECOVERY_MS) return { tookMs, lastCode };
    lastCode = code;
    await sleep(PROBE_INTERVAL_MS, undefined, { signal: ended });
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
