import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Call } from '../../emulator/calls.ts';
import type { Fault } from '../../emulator/faults.ts';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { GRACE_MS, RECOVERY_MS, timed } from './run-case.ts';

const DEADLINE_MS = 2000;
/** Half the deadline is how long older rows wait for newer ones; the rest is for a busy machine. */
const NOTICED_MS = 0.75 * DEADLINE_MS;
const OUTAGE_MS = 2000;

/** Ways to be away for a while. */
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

/** What people look at: the top, the end, both lists, a total, a window of two pages, a job, and one that does not exist. */
const VIEWS = [
  `{ customizedVoiceJobs(first: 10) { ${EDGES} } }`,
  `{ customizedVoiceJobs(last: 10) { ${EDGES} } }`,
  `{ customizedVoiceJobs(type: ALL, first: 10) { ${EDGES} } }`,
  '{ customizedVoiceJobs(type: STANDARD) { totalCount } }',
  `query ($across: String) { customizedVoiceJobs(first: 20, after: $across) { ${EDGES} } }`,
  'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId status } }',
  '{ customizedVoiceJob(jobId: "none") { jobId } }',
];

/** A view each time in other words, so that no answer as a whole can be one that was kept. */
let requests = 0;
const look = (gateway: GatewayUnderTest, view: string, variables: Record<string, unknown>) =>
  timed(() => gateway.ask(view, { ...variables, request: requests++ }));

interface Looked {
  readonly view: string;
  readonly answer: Answer;
  readonly tookMs: number;
  readonly askedAt: number;
}

/** Looks at everything from several sides until it is over. */
async function watch(
  gateway: GatewayUnderTest,
  variables: Record<string, unknown>,
  untilAt: number,
): Promise<Looked[]> {
  const looked: Looked[] = [];
  const watcher = async (view: string) => {
    while (performance.now() < untilAt) {
      const askedAt = performance.now();
      looked.push({ view, askedAt, ...(await look(gateway, view, variables)) });
      await sleep(100);
    }
  };
  await Promise.all([...VIEWS, ...VIEWS].map(watcher));
  return looked;
}

async function start(staleIfErrorMs: number) {
  const gateway = await startGateway({
    emulator: { basicCount: 250 },
    gateway: { deadlineMs: DEADLINE_MS, cache: { ttlMs: 100, staleIfErrorMs } },
  });
  const { data } = await gateway.ask(`{ customizedVoiceJobs(first: 90) { ${EDGES} } }`);
  const variables = {
    across: data.customizedVoiceJobs.edges.at(-1).cursor,
    // On no page that is looked at.
    jobId: gateway.emulator.list('Basic')[150]?.JobId,
  };
  const before = new Map<string, Answer>();
  for (const view of VIEWS) before.set(view, (await look(gateway, view, variables)).answer);
  return Object.assign(gateway, { variables, before });
}

describe('an upstream that', () => {
  test.each(OUTAGES)(
    '%s is not noticed by those who look at what was looked at before',
    async (_title, fault) => {
      await using gateway = await start(60_000);
      const { emulator, variables, before } = gateway;
      await sleep(150);
      const lift = emulator.fault(fault);
      emulator.insertMany('Basic', 2);
      const looked = await watch(gateway, variables, performance.now() + OUTAGE_MS);

      for (const { view, answer } of looked) expect(answer).toEqual(before.get(view));
      for (const { tookMs } of looked) expect(tookMs).toBeLessThanOrEqual(NOTICED_MS);
      const later = looked.filter(({ view, askedAt }) => {
        const first = looked.find((other) => other.view === view);
        return first !== undefined && askedAt > first.askedAt + first.tookMs;
      });
      const laterMs = later.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
      expect(later.length).toBeGreaterThan(looked.length / 2);
      expect(laterMs[Math.floor(0.9 * laterMs.length)]).toBeLessThan(400);

      lift();
      if (fault.kind === 'error' && fault.headers !== undefined) return;
      const endedAt = performance.now();
      const [top = ''] = VIEWS;
      for (;;) {
        const { answer } = await look(gateway, top, variables);
        expect(answer.errors).toBeUndefined();
        if (answer.data.customizedVoiceJobs.totalCount === 252) break;
        expect(performance.now() - endedAt).toBeLessThan(RECOVERY_MS);
        await sleep(100);
      }
    },
  );

  test.concurrent.each(OUTAGES)(
    '%s is noticed when what is at hand is too old, and not before',
    async (_title, fault) => {
      const staleIfErrorMs = 1500;
      await using gateway = await start(staleIfErrorMs);
      const askedAt = performance.now();
      const [top = ''] = VIEWS;
      expect((await look(gateway, top, gateway.variables)).answer.errors).toBeUndefined();
      gateway.emulator.fault(fault);
      for (;;) {
        const { answer, tookMs } = await look(gateway, top, gateway.variables);
        expect(tookMs).toBeLessThanOrEqual(DEADLINE_MS + GRACE_MS);
        if (answer.errors !== undefined) {
          expect(answer.errors[0]?.extensions.code).toMatch(/^UPSTREAM_/);
          break;
        }
        expect(performance.now() - askedAt).toBeLessThan(staleIfErrorMs + DEADLINE_MS + GRACE_MS);
        await sleep(100);
      }
      expect(performance.now() - askedAt).toBeGreaterThan(staleIfErrorMs - 150);
    },
  );
});

test('while it hangs and the circuit is closed, each thing that is looked at is asked for again, at most once a second, by nobody who waits', async () => {
  await using gateway = await start(60_000);
  const { emulator, variables } = gateway;
  await sleep(150);
  // Calls for other jobs are answered, and keep the circuit closed: an open one would let a single call through each second, of
  // whoever comes first.
  const isOther = ({ params }: Call) => params.JobId?.startsWith('other-') === true;
  emulator.fault({ kind: 'hang' }, { when: (call) => !isOther(call) });
  emulator.resetCalls();
  const startedAt = performance.now();
  let isOver = false;
  const others = (async () => {
    for (let count = 0; !isOver; count++) {
      await gateway.ask(`{ customizedVoiceJob(jobId: "other-${count}") { jobId } }`);
      await sleep(50);
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
  // Both lists, pages of them, totals and jobs; each is asked for at the beginning, and then again.
  const isAskedAgain = () => timesOf().length >= 6 && timesOf().every((times) => times >= 2);
  let looked: Looked[] = [];
  while (!isAskedAgain() && performance.now() - startedAt < 10 * OUTAGE_MS)
    looked = [...looked, ...(await watch(gateway, variables, performance.now() + OUTAGE_MS))];
  isOver = true;
  await others;
  expect(gateway.logged).not.toContainEqual(expect.objectContaining({ msg: 'upstream circuit' }));
  expect(timesOf().length).toBeGreaterThanOrEqual(6);
  expect(Math.min(...timesOf())).toBeGreaterThanOrEqual(2);
  // One at the beginning and one in each second, but for what two views have in common under two names.
  const seconds = (performance.now() - startedAt) / 1000;
  expect(Math.max(...timesOf())).toBeLessThanOrEqual(2 * (2 + seconds));
  expect(looked.length).toBeGreaterThan(VIEWS.length);
  for (const { answer } of looked) expect(answer.errors).toBeUndefined();
});
