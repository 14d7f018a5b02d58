import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from '../../../emulator/emulator.ts';
import type { Trouble } from './troubles.ts';
import type { Weather } from './weather.ts';

/** Longest that a recovery is waited for, in milliseconds. */
const PATIENCE_MS = 30_000;

/** How often it is tried whether the gateway is itself again, in milliseconds. */
const LOOK_EVERY_MS = 50;

/** How a trouble ended. */
export interface Recovery {
  readonly trouble: string;
  /** From its end to the first whole answer that the upstream was asked for. */
  readonly tookMs: number;
  /** Code of the last answer before that which was not whole; undefined when the first one was. */
  readonly lastCode: string | undefined;
}

/** What a course of troubles is made of. */
export interface CourseOptions {
  readonly emulator: Emulator;
  readonly weather: Weather;
  readonly troubles: readonly Trouble[];
  readonly random: () => number;
  /** How long the first round may take, in milliseconds: so that the gateway has seen everything once, and early. */
  readonly firstRoundMs: number;
  /** Asks for what no cache holds; returns the code of its error, undefined when the answer was whole. */
  readonly probe: () => Promise<string | undefined>;
  readonly recovered: (recovery: Recovery) => void;
  readonly ended: AbortSignal;
}

/** Ranges of how long troubles last and how long it is quiet between them, in milliseconds. */
interface Pace {
  readonly lasts: readonly [leastMs: number, mostMs: number];
  readonly quiet: readonly [leastMs: number, mostMs: number];
}

const USUAL: Pace = { lasts: [1000, 4000], quiet: [3000, 5000] };

/** Lets one trouble after the other come and go until the end, everyone once before any comes again. */
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
