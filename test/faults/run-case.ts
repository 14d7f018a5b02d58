import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import type { UpstreamErrorCode } from '../../src/errors.ts';
import {
  type Answer,
  type GatewayUnderTest,
  type GatewayUnderTestOptions,
  startGateway,
} from '../gateway-under-test.ts';
import { expectNothingOf } from './confidential-texts.ts';
import { Front } from './front.ts';
import { runningMs, timed, undisturbed } from './standstill.ts';

/** Ends a fault. */
export type End = () => void | Promise<void>;

/** A fault with its expected consequences. */
export interface FaultCase {
  readonly title: string;
  /** Activates the fault. */
  readonly begin: (parts: { emulator: Emulator; front: Front }) => End | Promise<End>;
  /** Error code for callers; undefined if they get a complete response. */
  readonly code: UpstreamErrorCode | undefined;
  /** Attempts per call; minimum and maximum if the number varies. */
  readonly attempts: number | readonly [number, number];
  readonly deadlineMs?: number;
}

/** Deadline of an upstream read in cases that wait for it, in milliseconds. */
export const DEADLINE_MS = 600;

/** Deadline in other cases: long, so that the number of attempts does not depend on the machine's speed. */
const AMPLE_DEADLINE_MS = 2000;

/** Tolerance for a response after the deadline, and for recovery, in milliseconds. */
export const GRACE_MS = 300;
export const RECOVERY_MS = 5000;

const ASK = '{ customizedVoiceJobs(first: 3) { totalCount nodes { jobId voiceName status } } }';

/** A gateway whose upstream connections go through a front. */
export interface FrontedGateway extends GatewayUnderTest {
  readonly front: Front;
}

export async function startFronted(gateway: GatewayUnderTestOptions = {}): Promise<FrontedGateway> {
  const front = new Front();
  await front.listen();
  const started = await startGateway({
    gateway: { deadlineMs: DEADLINE_MS, ...gateway },
    origin: front.origin,
  });
  front.passTo(started.emulator);
  const end = () => started[Symbol.asyncDispose]().then(() => front[Symbol.asyncDispose]());
  return { ...started, front, [Symbol.asyncDispose]: end };
}

/** Runs a case between two complete responses: checks code, time, attempts, messages and recovery. */
export const runCase = (faultCase: FaultCase): Promise<void> =>
  // A machine that stalls longer than the deadline changes codes and numbers of attempts.
  undisturbed(() => runOnce(faultCase), 200);

async function runOnce({ begin, code, attempts, ...rest }: FaultCase): Promise<void> {
  const { deadlineMs = code === 'UPSTREAM_TIMEOUT' ? DEADLINE_MS : AMPLE_DEADLINE_MS } = rest;
  await using gateway = await startFronted({ deadlineMs });
  const { emulator, front } = gateway;
  expectWhole(await gateway.ask(ASK), emulator);

  const end = await begin({ emulator, front });
  const requestsBefore = front.requests;
  const { value: answer, runningMs: tookMs } = await timed(() => gateway.ask(ASK));
  expect(tookMs).toBeLessThanOrEqual(deadlineMs + GRACE_MS);
  if (code === undefined) expectWhole(answer, emulator);
  else {
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
    expect(answer.data).toBeNull();
  }
  const [least, most] = typeof attempts === 'number' ? [attempts, attempts] : attempts;
  const took = front.requests - requestsBefore;
  expect(took).toBeGreaterThanOrEqual(least);
  expect(took).toBeLessThanOrEqual(most);

  await end();
  await expectRecovery(gateway);
  expectNothingOf(gateway, [answer], [new URL(front.origin).host, new URL(emulator.endpoint).host]);
}

/** Expects complete responses again, soon. */
export async function expectRecovery(gateway: GatewayUnderTest): Promise<void> {
  const endedAt = runningMs();
  for (;;) {
    const answer = await gateway.ask(ASK);
    if (answer.errors === undefined) break;
    expect(runningMs() - endedAt).toBeLessThan(RECOVERY_MS);
    await sleep(50);
  }
  for (let ask = 0; ask < 3; ask++) expectWhole(await gateway.ask(ASK), gateway.emulator);
}

function expectWhole({ data, errors }: Answer, emulator: Emulator): void {
  expect(errors).toBeUndefined();
  const rows = emulator.list('Basic');
  const nodes = rows.slice(0, 3).map(({ JobId: jobId, VoiceName: voiceName }) => ({ jobId, voiceName }));
  expect(data.customizedVoiceJobs).toMatchObject({ totalCount: rows.length, nodes });
}
