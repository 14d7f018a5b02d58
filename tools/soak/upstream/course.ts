import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from '../../../emulator/emulator.ts';
import type { Trouble } from './troubles.ts';
import type { Weather } from './weather.ts';

/** Maximum time to wait for a recovery, in milliseconds. */
const PATIENCE_MS = 30_000;

/** Interval of the probes for a recovery, in milliseconds. */
const LOOK_EVERY_MS = 50;

/** How the gateway recovered from a failure of the upstream. */
export interface Recovery {
  readonly trouble: string;
  /** Time from the end of the failure to the first complete response that needed the upstream, in milliseconds. */
  readonly tookMs: number;
  /** Code of the last incomplete response before that; undefined if the first one was complete. */
  readonly lastCode: string | undefined;
}

/** Options of a sequence of upstream failures. */
export interface CourseOptions {
  readonly emulator: Emulator;
  readonly weather: Weather;
  readonly troubles: readonly Trouble[];
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
  readonly lasts: readonly [leastMs: number, mostMs: number];
  readonly quiet: readonly [leastMs: number, mostMs: number];
}

const USUAL: Pace = { lasts: [1000, 4000], quiet: [3000, 5000] };

/** Runs one failure after another until the end; each once before any repeats. */
export async function runCourse(options: CourseOptions): Promise<void> {
  const { troubles, random, firstRoundMs, ended } = options;
  const half = firstRoundMs / troubles.length / 2;
  let pace: Pace = { lasts: [half, half], quiet: [half, half] };
  try {
    for (;;) {
      for (const trouble of shuffled(troubles, random)) await befall(trouble, pace, options);
      pace = USUAL;
    }
  } catch (error) {
    if (!ended.aborted) throw error;
  }
}

async function befall(trouble: Trouble, { lasts, quiet }: Pace, options: CourseOptions): Promise<void> {
  const { emulator, weather, random, recovered, ended } = options;
  const rest = ([leastMs, mostMs]: Pace['lasts']) =>
    sleep(leastMs + random() * (mostMs - leastMs), undefined, { signal: ended });
  await rest(quiet);
  const end = trouble.begin(emulator);
  weather.begin(trouble.name);
  await rest(lasts).finally(() => {
    end();
    weather.end();
  });
  recovered({ trouble: trouble.name, ...(await recovery(options)) });
}

async function recovery({ probe, ended }: CourseOptions): Promise<Omit<Recovery, 'trouble'>> {
  const fromMs = performance.now();
  let lastCode: string | undefined;
  for (;;) {
    const code = await probe();
    const tookMs = performance.now() - fromMs;
    if (code === undefined || tookMs > PATIENCE_MS) return { tookMs, lastCode };
    lastCode = code;
    await sleep(LOOK_EVERY_MS, undefined, { signal: ended });
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
