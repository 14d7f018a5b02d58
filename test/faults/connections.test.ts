import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { MAX_ATTEMPTS } from '../../src/upstream/resilience/retry-rules.ts';
import { startGateway } from '../gateway-under-test.ts';
import { expectNothingOf } from './confidential-texts.ts';
import { SleepyServer } from './full-backlog.ts';
import { DEADLINE_MS, expectRecovery, type FaultCase, GRACE_MS, runCase, startFronted } from './run-case.ts';
import { timed, undisturbed } from './standstill.ts';

const AWAY = 'UPSTREAM_UNAVAILABLE';
const BAD = 'UPSTREAM_BAD_RESPONSE';
const SLOW = 'UPSTREAM_TIMEOUT';
const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

const CASES: FaultCase[] = [
  { title: 'is reset', begin: emulated({ kind: 'reset' }), code: AWAY, attempts: MAX_ATTEMPTS },
  { title: 'is reset once', begin: emulated({ kind: 'reset' }, 1), code: undefined, attempts: 2 },
  { title: 'is reset twice', begin: emulated({ kind: 'reset' }, 2), code: undefined, attempts: 3 },
  {
    title: 'is reset within the body',
    begin: emulated({ kind: 'resetMidBody' }),
    code: BAD,
    attempts: MAX_ATTEMPTS,
  },
  {
    title: 'is reset within the body once',
    begin: emulated({ kind: 'resetMidBody' }, 1),
    code: undefined,
    attempts: 2,
  },
  {
    title: 'is refused',
    async begin({ front }) {
      await front.refuse();
      return () => front.listen();
    },
    code: AWAY,
    attempts: 0,
  },
  { title: 'never responds', begin: emulated({ kind: 'hang' }), code: SLOW, attempts: 1 },
  { title: 'never responds after a reset', begin: resetThenHang, code: SLOW, attempts: 2 },
  {
    title: 'sends a byte from time to time',
    begin: emulated({ kind: 'dribble', everyMs: 50 }),
    code: SLOW,
    attempts: 1,
  },
  {
    title: 'sends endlessly, as fast as the gateway reads',
    begin: emulated({ kind: 'endless' }),
    code: BAD,
    attempts: 1,
    // Long enough, even on a slow machine, for the largest response that is read.
    deadlineMs: 10_000,
  },
  {
    title: 'is closed after each response',
    begin: emulated({ kind: 'close' }),
    code: undefined,
    attempts: 1,
  },
  {
    title: 'is reset while idle',
    begin({ front }) {
      for (const socket of front.connections) socket.resetAndDestroy();
      return () => {};
    },
    code: undefined,
    attempts: [1, 2],
  },
];

describe('an upstream connection that', () => {
  test.concurrent.each(CASES)('$title', (faultCase) => runCase(faultCase));
});

// Not concurrent: other tests of this process would count as elapsed time.
test('a connection that cannot be made fails at the deadline', () =>
  undisturbed(async () => {
    await using server = await SleepyServer.start();
    await using gateway = await startGateway({
      origin: server.origin,
      gateway: { deadlineMs: DEADLINE_MS },
    });
    await server.sleep();
    // Loads and compiles the code of a request without the upstream.
    await gateway.ask('{ __typename }');
    const { value: answer, runningMs: tookMs } = await timed(() => gateway.ask(ASK));
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual([SLOW]);
    expect(tookMs).toBeLessThanOrEqual(DEADLINE_MS + GRACE_MS);
    server.passTo(gateway.emulator);
    server.wake();
    await expectRecovery(gateway);
    expectNothingOf(gateway, [answer], [new URL(server.origin).host]);
  }));

test.concurrent('connections that the upstream closes as soon as they are idle cause no failed request', async () => {
  await using gateway = await startFronted({ deadlineMs: 60_000 });
  const { front } = gateway;
  const idleMs = 40;
  front.handler = ({ socket, pass }) => {
    pass();
    setTimeout(() => socket.end(), idleMs);
  };
  // Sends requests slightly before and after the moment of closing.
  for (let ask = 0; ask < 30; ask++) {
    expect((await gateway.ask(ASK)).errors).toBeUndefined();
    await sleep(idleMs - 10 + (ask % 15));
  }
});

test.concurrent('a request is signed anew for each attempt', async () => {
  await using gateway = await startFronted({ deadlineMs: 60_000 });
  const heads: string[] = [];
  gateway.front.handler = ({ head, socket }) => {
    heads.push(head);
    socket.destroy();
  };
  await gateway.ask(ASK);
  const headers = (name: string) =>
    heads.map((head) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(head)?.[1]);
  expect(heads).toHaveLength(MAX_ATTEMPTS);
  expect(new Set(headers('x-acs-signature-nonce')).size).toBe(MAX_ATTEMPTS);
  expect(new Set(headers('authorization')).size).toBe(MAX_ATTEMPTS);
});

function emulated(fault: Fault, times?: number): FaultCase['begin'] {
  return ({ emulator }) => emulator.fault(fault, times === undefined ? {} : { times });
}

function resetThenHang({ emulator }: Parameters<FaultCase['begin']>[0]) {
  emulator.fault({ kind: 'reset' }, { times: 1 });
  return emulator.fault({ kind: 'hang' });
}
