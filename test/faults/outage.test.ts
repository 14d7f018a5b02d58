import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Call } from '../../emulator/calls.ts';
import type { Fault } from '../../emulator/faults.ts';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { ASK, AWAY, atOnce, codesOf, open, PROBE_EVERY_MS } from './open-circuit.ts';
import { readinessOf } from './readiness.ts';
import { GRACE_MS, RECOVERY_MS } from './run-case.ts';
import { runningMs, timed } from './standstill.ts';

const DEADLINE_MS = 2000;
/** Half the deadline is the time after which stale rows are served; the rest allows for a slow machine. */
const MAX_FIRST_RESPONSE_MS = 0.75 * DEADLINE_MS;

/** Number of reads per viewer during an outage, over at least two seconds. */
const LOOKS = 8;
const PAUSE_MS = 250;

/** Ways in which the upstream can be unavailable. */
const OUTAGES: [title: string, fault: Fault][] = [
  ['hangs', { kind: 'hang' }],
  ['resets connections', { kind: 'reset' }],
  ['fails', { kind: 'error', code: 'InternalError', status: 500 }],
  ['throttles', { kind: 'error', code: 'Throttling.User', status: 400 }],
  [
    'throttles for long',
    { kind: 'error', code: 'Throttling', status: 400, headers: { 'x-acs-retry-after': '20000' } },
  ],
];

const EDGES = 'totalCount edges { cursor node { jobId status } } pageInfo { hasNextPage hasPreviousPage }';

/** Requests of viewers: the top, the end, both lists, a total, a window of two pages, a job, and an unknown one. */
const QUERIES = [
  `{ customizedVoiceJobs(first: 10) { ${EDGES} } }`,
  `{ customizedVoiceJobs(last: 10) { ${EDGES} } }`,
  `{ customizedVoiceJobs(type: ALL, first: 10) { ${EDGES} } }`,
  '{ customizedVoiceJobs(type: STANDARD) { totalCount } }',
  `query ($across: String) { customizedVoiceJobs(first: 20, after: $across) { ${EDGES} } }`,
  'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId status } }',
  '{ customizedVoiceJob(jobId: "none") { jobId } }',
];

/** A view as a new document each time, so that the response cache never hits. */
let requests = 0;
async function look(gateway: GatewayUnderTest, view: string, variables: Record<string, unknown>) {
  const looking = () => gateway.ask(view, { ...variables, request: requests++ });
  const { value: answer, runningMs: tookMs } = await timed(looking);
  return { answer, tookMs };
}

interface Looked {
  readonly view: string;
  readonly answer: Answer;
  readonly tookMs: number;
  /** Counted from 0 for each viewer. */
  readonly index: number;
}

/** Two viewers per view, each with a number of reads. */
async function watch(
  gateway: GatewayUnderTest,
  variables: Record<string, unknown>,
  times: number,
): Promise<Looked[]> {
  const looked: Looked[] = [];
  const viewer = async (view: string) => {
    for (let index = 0; index < times; index++) {
      looked.push({ view, index, ...(await look(gateway, view, variables)) });
      await sleep(PAUSE_MS);
    }
  };
  await Promise.all([...QUERIES, ...QUERIES].map(viewer));
  return looked;
}

async function start(staleIfErrorMs: number) {
  const gateway = await startGateway({
    emulator: { basicCount: 250 },
    gateway: { deadlineMs: DEADLINE_MS, cache: { ttlMs: 100, staleIfErrorMs } },
  });
  /** Reads until it succeeds, because a read fails if the machine stalls longer than the deadline. */
  const sound = async (query: string, variables: Record<string, unknown> = {}): Promise<Answer> => {
    for (;;) {
      const { answer } = await look(gateway, query, variables);
      if (answer.errors === undefined) return answer;
    }
  };
  const { data } = await sound(`{ customizedVoiceJobs(first: 90) { ${EDGES} } }`);
  const variables = {
    across: data.customizedVoiceJobs.edges.at(-1).cursor,
    // On no page of any view.
    jobId: gateway.emulator.list('Basic')[150]?.JobId,
  };
  const before = new Map<string, Answer>();
  for (const view of QUERIES) before.set(view, await sound(view, variables));
  return Object.assign(gateway, { variables, before });
}

const [TOP = ''] = QUERIES;
const totalOf = ({ data }: Answer): unknown => data?.customizedVoiceJobs.totalCount;

// The tests of one block mostly wait, so they run concurrently. The blocks run one after the other.
describe('during an outage, an upstream that', () => {
  test.concurrent.each(OUTAGES)('%s does not affect requests for cached pages', async (_title, fault) => {
    await using gateway = await start(60_000);
    const { emulator, variables, before } = gateway;
    await sleep(150);
    const lift = emulator.fault(fault);
    emulator.insertMany('Basic', 2);
    const looked = await watch(gateway, variables, LOOKS);

    for (const { view, answer } of looked) expect(answer).toEqual(before.get(view));
    for (const { tookMs } of looked) expect(tookMs).toBeLessThanOrEqual(MAX_FIRST_RESPONSE_MS);
    const laterMs = looked.filter(({ index }) => index > 0).map(({ tookMs }) => tookMs);
    laterMs.sort((one, other) => one - other);
    expect(laterMs[Math.floor(0.9 * laterMs.length)]).toBeLessThan(400);

    lift();
    if (fault.kind === 'error' && fault.headers !== undefined) return;
    const endedAt = runningMs();
    for (;;) {
      const { answer } = await look(gateway, TOP, variables);
      expect(answer.errors).toBeUndefined();
      if (totalOf(answer) === 252) break;
      expect(runningMs() - endedAt).toBeLessThan(RECOVERY_MS);
      await sleep(100);
    }
  });
});

describe('after CACHE_STALE_IF_ERROR_MS, an upstream that', () => {
  test.concurrent.each(OUTAGES)(
    '%s causes errors as soon as cached pages are too old, and not before',
    async (_title, fault) => {
      const staleIfErrorMs = 1500;
      await using gateway = await start(staleIfErrorMs);
      const readAfter = performance.now();
      gateway.emulator.insertMany('Basic', 1);
      while (totalOf((await look(gateway, TOP, gateway.variables)).answer) !== 251) await sleep(20);
      // The cached page was requested between readAfter and readBefore.
      const readBefore = runningMs();
      gateway.emulator.fault(fault);
      for (;;) {
        const { answer, tookMs } = await look(gateway, TOP, gateway.variables);
        expect(tookMs).toBeLessThanOrEqual(DEADLINE_MS + GRACE_MS);
        if (answer.errors !== undefined) {
          expect(answer.errors[0]?.extensions.code).toMatch(/^UPSTREAM_/);
          break;
        }
        expect(runningMs() - readBefore).toBeLessThan(staleIfErrorMs + DEADLINE_MS + GRACE_MS);
        await sleep(100);
      }
      expect(performance.now() - readAfter).toBeGreaterThanOrEqual(staleIfErrorMs);
    },
  );

  test.concurrent('hangs gets at most one background refresh per second and page while the circuit is closed', async () => {
    await using gateway = await start(60_000);
    const { emulator, variables } = gateway;
    // Calls for other jobs succeed and keep the circuit closed: an open one would admit a single call per second, of any
    // caller. They are many more than those that hang and start earlier, so a stalled machine does not open the circuit
    // either.
    const isOther = ({ params }: Call) => params.JobId?.startsWith('other-') === true;
    let count = 0;
    const askOther = () => gateway.ask(`{ customizedVoiceJob(jobId: "other-${count++}") { jobId } }`);
    await Promise.all(Array.from({ length: 60 }, askOther));
    await sleep(150);
    emulator.fault({ kind: 'hang' }, { when: (call) => !isOther(call) });
    emulator.resetCalls();
    const startedAt = performance.now();
    let isOver = false;
    const others = (async () => {
      while (!isOver) {
        await askOther();
        await sleep(20);
      }
    })();
    const timesOf = () => {
      const asked = new Map<string, number>();
      for (const call of emulator.calls) {
        if (isOther(call)) continue;
        const { params } = call;
        const name = JSON.stringify(params);
        asked.set(name, (asked.get(name) ?? 0) + 1);
      }
      return [...asked.values()];
    };
    // The ends of both lists, a total and two jobs are read at the start and refreshed. A page in the middle, to which a
    // cursor points, may be needed only once.
    const askedAgain = () => timesOf().filter((times) => times >= 2).length;
    let looked: Looked[] = [];
    while (askedAgain() < 6 && performance.now() - startedAt < 30_000)
      looked = [...looked, ...(await watch(gateway, variables, 2))];
    isOver = true;
    await others;
    expect(gateway.logged).not.toContainEqual(expect.objectContaining({ msg: 'upstream circuit breaker' }));
    expect(askedAgain()).toBeGreaterThanOrEqual(6);
    // One at the beginning and one per second, except for what two views share under two names.
    const seconds = (performance.now() - startedAt) / 1000;
    expect(Math.max(...timesOf())).toBeLessThanOrEqual(2 * (2 + seconds));
    expect(looked.length).toBeGreaterThan(QUERIES.length);
    for (const { answer } of looked) expect(answer.errors).toBeUndefined();
  });

  test.concurrent('fails is probed once per second, and used again as soon as a probe succeeds', async () => {
    await using gateway = await startGateway();
    const beganAt = Date.now();
    await open(gateway);
    gateway.emulator.resetCalls();
    const openedAt = runningMs();
    while (gateway.emulator.calls.length < 3) {
      expect(codesOf(await gateway.ask(ASK))).toEqual([AWAY]);
      await sleep(20);
    }
    // Counted from the start, so that a call that arrives late does no harm. The clock of the calls rounds.
    for (const [index, { at }] of gateway.emulator.calls.entries())
      expect(at - beganAt).toBeGreaterThanOrEqual((index + 1) * PROBE_EVERY_MS - 2);
    expect(runningMs() - openedAt).toBeLessThan(3 * PROBE_EVERY_MS + 1000);

    gateway.emulator.clearFaults();
    const endedAt = runningMs();
    while (codesOf(await gateway.ask(ASK)) !== undefined) {
      expect(runningMs() - endedAt).toBeLessThan(RECOVERY_MS);
      await sleep(20);
    }
    expect((await readinessOf(gateway)).upstream.circuit).toBe('closed');
    for (const answer of await atOnce(gateway, 30)) expect(codesOf(answer)).toBeUndefined();
  });
});
