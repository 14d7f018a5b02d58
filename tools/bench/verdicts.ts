import { CROWD_WINDOWS } from './modes/crowd.ts';
import { UPSTREAM_MS } from './modes/latency.ts';
import { SCROLLED, STEPS } from './modes/scroll.ts';
import type { ModeName } from './options.ts';
import { CACHE_TTL_MS } from './peers/peer.ts';
import type { Results } from './results.ts';
import type { Summary } from './statistics.ts';

/** Maximum page size of the upstream. */
const MAX_PAGE_SIZE = 100;

/** Whether the gateway meets a target. */
export interface Verdict {
  readonly target: string;
  /** The measured figure with its unit. */
  readonly found: string;
  readonly met: boolean;
}

/** Verdicts on all targets whose figures were measured, by the median of the rounds. */
export function verdicts(results: Results): Verdict[] {
  const found: Verdict[] = [];
  const judge = (
    target: string,
    value: Summary | undefined,
    unit: string,
    met: (value: number) => boolean,
  ): void => {
    if (value !== undefined) found.push({ target, found: `${shown(value)}${unit}`, met: met(value.median) });
  };
  const rateAtLeast = (mode: ModeName, factor: number, other: string, what: string): void =>
    judge(
      `${mode}: responses a second at least ${factor} × ${what}`,
      results.ratio(mode, 'responsesPerSecond', 'gateway', other),
      ' ×',
      (ratio) => ratio >= factor,
    );
  // Tailcall has one thread per core and the gateway only one, so their rates would mainly compare machines.
  const cpuAtMost = (mode: ModeName, factor: number, what: string): void =>
    judge(
      `${mode}: CPU per response at most ${factor} × ${what}`,
      results.ratio(mode, 'cpuMicrosPerResponse', 'gateway', 'tailcall'),
      ' ×',
      (ratio) => ratio <= factor,
    );
  cpuAtMost('hot', 1, 'tailcall with its cache');
  cpuAtMost('warm', 0.7, 'tailcall with its cache');
  cpuAtMost('cold', 1.7, 'tailcall without cache');
  rateAtLeast('hot', 0.75, 'node', 'node');
  rateAtLeast('warm', 10, 'apollo', 'apollo with its cache');
  rateAtLeast('cold', 2.5, 'apollo', 'apollo without cache');
  for (const first of STEPS) {
    const pages = Math.ceil(SCROLLED / MAX_PAGE_SIZE);
    const kept = results.summary('scroll', 'gateway, cache on', `calls${first}`);
    judge(`scroll by ${first}, cache on: ${pages} calls`, kept, ' calls', (calls) => calls === pages);
    // Without a cache, the windows of a walk from the start are pages themselves.
    const fewest = Math.ceil(SCROLLED / first);
    const read = results.summary('scroll', 'gateway, cache off', `calls${first}`);
    judge(
      `scroll by ${first}, cache off: ${fewest} calls, the fewest there can be`,
      read,
      ' calls',
      (calls) => calls === fewest,
    );
  }
  const seconds = results.summary('crowd', 'gateway', 'seconds')?.median ?? 0;
  const most = Math.floor(CROWD_WINDOWS * (seconds / (CACHE_TTL_MS / 1000) + 1));
  judge(
    `crowd: at most ${CROWD_WINDOWS} × (seconds / TTL + 1) = ${most} calls`,
    results.summary('crowd', 'gateway', 'calls'),
    ' calls',
    (calls) => calls <= most,
  );
  judge(
    `latency: p99 with an upstream of ${UPSTREAM_MS} ms at most 1.5 ms above tailcall's`,
    results.difference('latency', 'p99Ms', 'gateway', 'tailcall'),
    ' ms',
    (ms) => ms <= 1.5,
  );
  judge(
    'start: ready within 600 ms',
    results.summary('start', 'gateway', 'readyMs'),
    ' ms',
    (ms) => ms <= 600,
  );
  judge(
    'start: RSS at most 125 MB under the load of hot',
    results.summary('start', 'gateway', 'hotMb'),
    ' MB',
    (mb) => mb <= 125,
  );
  return found;
}

function shown({ median, min, max }: Summary): string {
  const digits = Number.isInteger(median) ? 0 : 2;
  const text = median.toFixed(digits);
  return min === max ? text : `${text} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
