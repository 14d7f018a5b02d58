import { describe, expect, test } from 'vitest';
import type { Credentials } from '../../src/upstream/sign.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { expectNothingOf } from './confidential-texts.ts';
import { Front } from './front.ts';
import { errorText } from './http-text.ts';
import { DEADLINE_MS, GRACE_MS } from './run-case.ts';
import { timed } from './standstill.ts';

const DENIED = 'UPSTREAM_DENIED';

interface Session extends AsyncDisposable {
  readonly gateway: GatewayUnderTest;
  readonly front: Front;
  /** Number of credential look-ups. */
  readonly lookups: () => number;
}

/**
 * A gateway whose account has the session token `token-2`; other tokens with the same prefix have expired.
 *
 * @param source returns the credentials of the n-th look-up, 1-based
 */
async function startSession(
  source: (lookup: number) => Promise<Credentials>,
  deadlineMs = 60_000,
): Promise<Session> {
  let lookups = 0;
  const front = new Front();
  await front.listen();
  const gateway = await startGateway({
    emulator: { securityToken: 'token-2', ...KEY },
    origin: front.origin,
    gateway: { deadlineMs },
    credentials: () => source(++lookups),
  });
  front.passTo(gateway.emulator);
  front.handler = ({ head, socket, pass }) => {
    if (head.includes('x-acs-security-token: token-2\r\n')) pass();
    else socket.write(errorText('InvalidSecurityToken.Expired', 400));
  };
  const end = () => gateway[Symbol.asyncDispose]().then(() => front[Symbol.asyncDispose]());
  return { gateway, front, lookups: () => lookups, [Symbol.asyncDispose]: end };
}

const KEY = { accessKeyId: 'key-of-the-session', accessKeySecret: 'secret-of-the-session' };
const withToken = (securityToken: string): Credentials => ({ ...KEY, securityToken });
const askFor = (rows: number) => `{ customizedVoiceJobs(first: ${rows}) { nodes { jobId } } }`;
const codesOf = ({ errors }: Awaited<ReturnType<GatewayUnderTest['ask']>>) =>
  errors?.map(({ extensions }) => extensions.code);

describe('an expired session token', () => {
  test.concurrent('is replaced by one look-up, and the caller gets a complete response', async () => {
    await using session = await startSession(async (lookup) => withToken(`token-${lookup}`));
    expect(codesOf(await session.gateway.ask(askFor(1)))).toBeUndefined();
    expect(session.front.requests).toBe(2);
    expect(session.lookups()).toBe(2);
    expect(codesOf(await session.gateway.ask(askFor(1)))).toBeUndefined();
    expect(session.lookups()).toBe(2);
  });

  test.concurrent('is replaced by one look-up for fifty concurrent callers', async () => {
    await using session = await startSession(async (lookup) => withToken(`token-${lookup}`));
    const { front, gateway } = session;
    const { handler } = front;
    const held: (() => void)[] = [];
    front.handler = (exchange) => {
      held.push(() => handler?.(exchange));
      if (held.length < 50) return;
      front.handler = handler;
      for (const answer of held) answer();
    };
    const answers = await Promise.all(Array.from({ length: 50 }, (_, rows) => gateway.ask(askFor(rows + 1))));
    expect(new Set(answers.map(codesOf))).toEqual(new Set([undefined]));
    expect(session.lookups()).toBe(2);
    expect(front.requests).toBe(100);
  });

  test.concurrent('whose replacement has expired, too, is UPSTREAM_DENIED after two attempts', async () => {
    await using session = await startSession(async () => withToken('token-1'));
    const answer = await session.gateway.ask(askFor(1));
    expect(codesOf(answer)).toEqual([DENIED]);
    expect(session.front.requests).toBe(2);
    expect(session.lookups()).toBe(2);
    expectNothingOf(session.gateway, [answer], [new URL(session.front.origin).host, 'token-1']);
  });

  test.concurrent('is forgotten: the next caller gets a new one as soon as it exists', async () => {
    let token = 'token-1';
    await using session = await startSession(async () => withToken(token));
    expect(codesOf(await session.gateway.ask(askFor(1)))).toEqual([DENIED]);
    token = 'token-2';
    expect(codesOf(await session.gateway.ask(askFor(1)))).toBeUndefined();
    expect(session.front.requests).toBe(3);
  });

  test.concurrent('without a replacement is UPSTREAM_DENIED after one attempt', async () => {
    await using session = await startSession(async (lookup) => {
      if (lookup > 1) throw new Error('the source is away');
      return withToken('token-1');
    });
    expect(codesOf(await session.gateway.ask(askFor(1)))).toEqual([DENIED]);
    expect(session.front.requests).toBe(1);
    expect(session.lookups()).toBe(2);
  });
});

test.concurrent('the deadline includes the look-up of credentials, and nothing is sent after it', async () => {
  await using session = await startSession(() => new Promise<never>(() => {}), DEADLINE_MS);
  const { value: answer, runningMs: tookMs } = await timed(() => session.gateway.ask(askFor(1)));
  expect(codesOf(answer)).toEqual(['UPSTREAM_TIMEOUT']);
  expect(tookMs).toBeLessThanOrEqual(DEADLINE_MS + GRACE_MS);
  expect(session.front.requests).toBe(0);
});

test.concurrent.each([16, -16])('a clock that is off by %i minutes is UPSTREAM_DENIED', async (minutes) => {
  await using gateway = await startGateway({ emulator: { clockSkewMs: minutes * 60_000 } });
  const answer = await gateway.ask(askFor(1));
  expect(codesOf(answer)).toEqual([DENIED]);
  expect(gateway.emulator.calls.map(({ outcome }) => outcome)).toEqual(['InvalidTimeStamp.Expired']);
  expectNothingOf(gateway, [answer], [new URL(gateway.emulator.endpoint).host]);
});
