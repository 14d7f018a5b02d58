import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { MAX_ATTEMPTS } from '../../src/upstream/resilience/retry.ts';
import { startGateway } from '../gateway-under-test.ts';
import { SleepyServer } from './full-backlog.ts';
import {
  DEADLINE_MS,
  expectRecovery,
  type FaultCase,
  GRACE_MS,
  runCase,
  startFronted,
  timed,
} from './run-case.ts';
import { undisturbed } from './standstill.ts';
import { expectNothingOf } from './upstream-words.ts';

const AWAY = 'UPSTREAM_UNAVAILABLE';
const BAD = 'UPSTREAM_BAD_RESPONSE';
const SLOW = 'UPSTREAM_TIMEOUT';
const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

const CASES: FaultCase[] = [
  { title: 'reset', begin: emulated({ kind: 'reset' }), code: AWAY, tries: MAX_ATTEMPTS },
  { title: 'reset once', begin: emulated({ kind: 'reset' }, 1), code: undefined, tries: 2 },
  { title: 'reset twice', begin: emulated({ kind: 'reset' }, 2), code: undefined, tries: 3 },
  { title: 'cut in the body', begin: emulated({ kind: 'resetMidBody' }), code: BAD, tries: MAX_ATTEMPTS },
  { title: 'cut in the body once', begin: emulated({ kind: 'resetMidBody' }, 1), code: undefined, tries: 2 },
  {
    title: 'refused',
    async begin({ front }) {
      await front.refuse();
      return () => front.listen();
    },
    code: AWAY,
    tries: 0,
  },
  { title: 'silent', begin: emulated({ kind: 'hang' }), code: SLOW, tries: 1 },
  { title: 'silent after a reset', begin: resetThenHang, code: SLOW, tries: 2 },
  { title: 'a byte now and then', begin: emulated({ kind: 'dribble', everyMs: 50 }), code: SLOW, tries: 1 },
  {
    title: 'without end, as fast as it is read',
    begin: emulated({ kind: 'endless' }),
    code: BAD,
    tries: 1,
    // Long enough, on a busy machine too, for the largest answer that is read.
    deadlineMs: 10_000,
  },
  { title: 'closed after each answer', begin: emulated({ kind: 'close' }), code: undefined, tries: 1 },
  {
    title: 'reset while they are idle',
    begin({ front }) {
      for (const socket of front.connections) socket.resetAndDestroy();
      return () => {};
    },
    code: undefined,
    tries: [1, 2],
  },
];

describe('connections that are', () => {
  test.concurrent.each(CASES)('$title', (faultCase) => runCase(faultCase));
});

// By itself: what other tests of this process do meanwhile would count as the time that it takes.
test('a connection that cannot be made is waited for until the deadline, and no longer', () =>
  undisturbed(async () => {
    await using server = await SleepyServer.start();
    await using gateway = await startGateway({
      origin: server.origin,
      gateway: { deadlineMs: DEADLINE_MS },
    });
    await server.sleep();
    // Loads and compiles what a request needs, without the upstream.
    await gateway.ask('{ __typename }');
    const { answer, tookMs } = await timed(() => gateway.ask(ASK));
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual([SLOW]);
    expect(tookMs).toBeLessThanOrEqual(DEADLINE_MS + GRACE_MS);
    server.passTo(gateway.emulator);
    server.wake();
    await expectRecovery(gateway);
    expectNothingOf(gateway, [answer], [new URL(server.origin).host]);
  }));

test.concurrent('connections that the upstream closes as soon as they are idle are not noticed', async () => {
  await using gateway = await startFronted({ deadlineMs: 60_000 });
  const { front } = gateway;
  const idleMs = 40;
  front.treatment = ({ socket, pass }) => {
    pass();
    setTimeout(() => socket.end(), idleMs);
  };
  // Asked around the moment at which it is closed, now a little before and now a little after.
  for (let ask = 0; ask < 30; ask++) {
    expect((await gateway.ask(ASK)).errors).toBeUndefined();
    await sleep(idleMs - 10 + (ask % 15));
  }
});

test.concurrent('a request is signed anew for each try', async () => {
  await using gateway = await startFronted({ deadlineMs: 60_000 });
  const heads: string[] = [];
  gateway.front.treatment = ({ head, socket }) => {
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
