import { setTimeout as sleep } from 'node:timers/promises';
import { randomStream } from '../../emulator/random.ts';
import type { Customer } from './customer.ts';
import type { Judge } from './judge/judge.ts';
import { contentOf } from './judge/verdict.ts';
import type { Figures } from './measure/figures.ts';
import { watchHealth } from './measure/health.ts';
import { eventLoopP99Ms } from './measure/metrics.ts';
import { growth, type Handles, handlesOf } from './measure/vitals.ts';
import { Watch } from './measure/watch.ts';
import type { Options } from './options.ts';
import { WARM_UP } from './report/problems.ts';
import { SETTINGS } from './settings.ts';
import { openStage } from './stage.ts';
import { type Recovery, runFaultSchedule } from './upstream/fault-schedule.ts';
import { upstreamFaults } from './upstream/upstream-faults.ts';

/** Intervals of changes to the lists, memory samples and progress lines, in milliseconds. */
const CHANGE_MS = 300;
const SAMPLE_MS = 1000;
const LINE_MS = 10_000;

/** How long idle connections may stay open after the load, in milliseconds. */
const LETTING_GO_MS = 20_000;

/** Results of a run. */
export interface Soaked {
  readonly judge: Judge;
  readonly figures: Figures;
  /** The gateway's log. */
  readonly logFile: string;
}

/**
 * Runs a gateway under mixed load, with an upstream that changes and fails.
 *
 * @param tell receives a progress line every ten seconds
 * @throws Error if the gateway does not start
 */
export async function soak(options: Options, tell: (line: string) => void): Promise<Soaked> {
  const end = new AbortController();
  await using stage = await openStage(options, end.signal);
  const { emulator, gateway, lists, calls, failures, judge, crowd, surroundings } = stage;
  const probe = crowd.customer('probe', 'probe', surroundings);
  await ready(probe);
  const handlesBefore = handlesOf(gateway.pid);

  const health = watchHealth(gateway.origin);
  const watch = new Watch(stage, health);
  const recoveries: Recovery[] = [];
  const eventLoopMs: number[] = [];
  let death: string | undefined;
  const timers = [
    setInterval(() => lists.change(), CHANGE_MS),
    setInterval(() => {
      calls.collect();
      watch.sample();
      death = gateway.ended();
      if (death !== undefined || watch.minutes >= options.minutes) end.abort();
    }, SAMPLE_MS),
    setInterval(async () => {
      tell(watch.line());
      eventLoopMs.push(...eventLoopP99Ms((await probe.send({ target: '/metrics' })).text));
    }, LINE_MS),
  ];
  const schedule = runFaultSchedule({
    emulator,
    failures,
    upstreamFaults: upstreamFaults(SETTINGS.deadlineMs),
    random: randomStream(options.seed + 1),
    firstRoundMs: WARM_UP * options.minutes * 60_000,
    probe: () => codeOfProbe(probe),
    recovered: (recovery) => recoveries.push(recovery),
    ended: end.signal,
  });
  try {
    await Promise.all([crowd.play(surroundings), schedule]);
  } finally {
    for (const timer of timers) clearInterval(timer);
    await health.stop();
  }
  const { minutes } = watch;
  calls.collect();
  probe.close();
  const handlesLeft = await leftOpen(gateway.pid, handlesBefore);
  return {
    judge,
    logFile: gateway.logFile,
    figures: {
      minutes,
      samples: watch.samples,
      recoveries,
      upstreamCalls: calls.byOutcome,
      handlesLeft,
      healthMs: health.tookMs,
      eventLoopP99Ms: eventLoopMs,
      death,
      exitCode: await gateway.stop(),
    },
  };
}

/** Waits until the gateway accepts requests. */
async function ready(probe: Customer): Promise<void> {
  while ((await probe.send({ target: '/ready' })).status !== 200) await sleep(50);
}

/** Number of ids that do not exist and that only the probe uses. When one repeats, it is no longer cached. */
const PROBED_IDS = 3000;
let probed = 0;

/** Sends a request that no cache can serve. Returns the code of its error; undefined for a complete response. */
async function codeOfProbe(probe: Customer): Promise<string | undefined> {
  const query = `{ customizedVoiceJob(jobId: "probed-${probed++ % PROBED_IDS}") { jobId } }`;
  const reply = await probe.post(query);
  probe.judge(reply);
  return reply.status === 200 ? contentOf(reply.text)?.codes[0] : `HTTP ${reply.status}`;
}

/** Descriptors that are still open after the load. */
async function leftOpen(pid: number, before: Handles): Promise<Handles> {
  const giveUpAtMs = performance.now() + LETTING_GO_MS;
  for (;;) {
    const left = growth(before, handlesOf(pid));
    if (Object.keys(left).length === 0 || performance.now() > giveUpAtMs) return left;
    await sleep(250);
  }
}
