import { describe, expect, test } from 'vitest';
import { CAPACITY, MAX_ATTEMPTS, RETRY_COST } from '../../src/upstream/resilience/retry-rules.ts';
import { startGateway } from '../gateway-under-test.ts';
import { UPSTREAM_TEXT } from './confidential-texts.ts';
import type { RequestHandler } from './front.ts';
import { errorText, headText } from './http-text.ts';
import { type FaultCase, runCase, startFronted } from './run-case.ts';
import { undisturbed } from './standstill.ts';

const AWAY = 'UPSTREAM_UNAVAILABLE';
const THROTTLED = 'UPSTREAM_THROTTLED';
const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

const failing = (code: string, status: number) => says(errorText(code, status));
const throttled = (headers: Record<string, string> = {}) => says(errorText('Throttling.User', 400, headers));
const retryAfter = (ms: number) => throttled({ 'x-acs-retry-after': String(ms) });
const timeLeft = (ms: number) => `Limit:1,Remain:0,TimeLeft:${ms},Reset:${ms}`;
const untilQuota = (apiMs: number, userMs: number) =>
  throttled({ 'x-ratelimit-user-api': timeLeft(apiMs), 'x-ratelimit-user': timeLeft(userMs) });

/** One handler for all failed requests, or one for each of them. */
type RequestHandlers = RequestHandler | readonly RequestHandler[];

type Row = [
  title: string,
  handlers: RequestHandlers,
  times: number,
  code: FaultCase['code'],
  attempts: number,
];

const CASES: Row[] = [
  ['InternalError once', failing('InternalError', 500), 1, undefined, 2],
  ['InternalError twice', failing('InternalError', 500), 2, undefined, 3],
  ['InternalError always', failing('InternalError', 500), Number.POSITIVE_INFINITY, AWAY, MAX_ATTEMPTS],
  ['ServiceUnavailable once', failing('ServiceUnavailable', 503), 1, undefined, 2],
  ['ServiceUnavailable twice', failing('ServiceUnavailable', 503), 2, undefined, 3],
  [
    'ServiceUnavailable always',
    failing('ServiceUnavailable', 503),
    Number.POSITIVE_INFINITY,
    AWAY,
    MAX_ATTEMPTS,
  ],
  ['an empty 502 once', says(headText({ 'content-length': 0 }, '502 Bad Gateway')), 1, undefined, 2],
  ['two different failures', [failing('InternalError', 500), retryAfter(20)], 2, undefined, 3],
  ['SignatureNonceUsed once', failing('SignatureNonceUsed', 400), 1, undefined, 2],
  [
    'SignatureNonceUsed always',
    failing('SignatureNonceUsed', 400),
    Number.POSITIVE_INFINITY,
    'UPSTREAM_DENIED',
    2,
  ],
  [
    'SignatureNonceUsed after a failure',
    [failing('InternalError', 500), failing('SignatureNonceUsed', 400)],
    2,
    'UPSTREAM_DENIED',
    2,
  ],

  ['throttling without a wait, once', throttled(), 1, undefined, 2],
  ['throttling without a wait, twice', throttled(), 2, undefined, 3],
  ['throttling without a wait, always', throttled(), Number.POSITIVE_INFINITY, THROTTLED, MAX_ATTEMPTS],
  ['throttling for 100 ms', retryAfter(100), 1, undefined, 2],
  ['throttling for 100 ms, twice', retryAfter(100), 2, undefined, 3],
  ['throttling for 100 ms, always', retryAfter(100), Number.POSITIVE_INFINITY, THROTTLED, MAX_ATTEMPTS],
  ['throttling for longer than the deadline', retryAfter(5000), Number.POSITIVE_INFINITY, THROTTLED, 1],
  ['throttling by a user quota', untilQuota(1, 100), 1, undefined, 2],
  ['throttling by an API quota', untilQuota(100, 1), 1, undefined, 2],
  [
    'throttling by a quota for longer than the deadline',
    untilQuota(1, 5000),
    Number.POSITIVE_INFINITY,
    THROTTLED,
    1,
  ],
  ['RequestsTooFrequent with 403, once', failing('RequestsTooFrequent', 403), 1, undefined, 2],
  [
    'RequestsTooFrequent with 403, always',
    failing('RequestsTooFrequent', 403),
    Number.POSITIVE_INFINITY,
    THROTTLED,
    MAX_ATTEMPTS,
  ],
  ['Throttling with 503, once', failing('Throttling', 503), 1, undefined, 2],
  ['ServiceUnAvailable, as IMS spells it, once', failing('ServiceUnAvailable', 503), 1, undefined, 2],
  ['throttling in XML', inXml('Throttling.Api', 400), Number.POSITIVE_INFINITY, THROTTLED, MAX_ATTEMPTS],
  ['throttling by status 429 only', says(headText({ 'content-length': 0 }, '429 Slow')), 1, undefined, 2],
  [
    'throttling by header only',
    says(headText({ 'content-length': 0, 'x-acs-retry-after': 30 }, '403 Slow')),
    Number.POSITIVE_INFINITY,
    THROTTLED,
    MAX_ATTEMPTS,
  ],
];

describe('an upstream failure with', () => {
  test.concurrent.each(CASES)('%s', (title, handlers, times, code, attempts) =>
    runCase({
      title,
      // A case may be repeated, and then starts with the first handler again.
      begin({ front }) {
        const list = [handlers].flat();
        let request = 0;
        front.handler = (exchange) => {
          const handler = request < times ? list[Math.min(request, list.length - 1)] : undefined;
          request++;
          return handler === undefined ? exchange.pass() : handler(exchange);
        };
        return () => {
          front.handler = undefined;
        };
      },
      code,
      attempts,
    }),
  );
});

/** [response, wait that callers get, minimum wait before the next attempt] */
const WAITS: [string, RequestHandler, number, number][] = [
  ['nothing', throttled(), 1000, 0],
  ['100 ms', retryAfter(100), 100, 100],
  ['no number', throttled({ 'x-acs-retry-after': 'soon' }), 1000, 0],
  ['100 ms by the user quota', untilQuota(20, 100), 100, 100],
  ['100 ms by the API quota', untilQuota(100, 20), 100, 100],
  [
    '50 ms, and more by the quotas',
    throttled({ 'x-acs-retry-after': '50', 'x-ratelimit-user': timeLeft(400) }),
    50,
    50,
  ],
];

describe('throttling with a requested wait of', () => {
  test.concurrent.each(WAITS)(
    '%s delays the retry, and is sent to callers as retryAfterMs',
    (_title, handler, toldMs, leastMs) =>
      undisturbed(async () => {
        await using gateway = await startFronted({ deadlineMs: 2000 });
        const times: number[] = [];
        gateway.front.handler = (exchange) => {
          times.push(performance.now());
          handler(exchange);
        };
        const { errors } = await gateway.ask(ASK);
        expect(errors?.[0]?.extensions).toMatchObject({ code: THROTTLED, retryAfterMs: toldMs });
        expect(times).toHaveLength(MAX_ATTEMPTS);
        // Timers may be early by a rounded fraction of a millisecond.
        for (const [index, time] of times.slice(1).entries())
          expect(time - (times[index] ?? 0)).toBeGreaterThan(leastMs - 2);
      }),
  );

  test.concurrent('nothing is followed by jittered waits', async () => {
    const waitsMs: number[] = [];
    await using gateway = await startFronted({ deadlineMs: 60_000 });
    for (let call = 0; call < 6; call++) {
      const times: number[] = [];
      gateway.front.handler = ({ socket }) => {
        times.push(performance.now());
        socket.write(errorText('InternalError', 500));
      };
      await gateway.ask(ASK);
      waitsMs.push((times[1] ?? 0) - (times[0] ?? 0), (times[2] ?? 0) - (times[1] ?? 0));
    }
    // On average 50 ms before the second attempt and 100 ms before the third; 900 ms in all.
    expect(waitsMs.reduce((sum, waitMs) => sum + waitMs)).toBeGreaterThan(250);
    expect(new Set(waitsMs.map((waitMs) => Math.round(waitMs / 10))).size).toBeGreaterThan(3);
  });

  test.concurrent('half a second delays all calls, and none longer than needed', async () => {
    await using gateway = await startFronted({ deadlineMs: 60_000 });
    const { front } = gateway;
    let throttledAt: number | undefined;
    const times: number[] = [];
    front.handler = (exchange) => {
      if (throttledAt !== undefined) times.push(performance.now() - throttledAt);
      else {
        throttledAt = performance.now();
        return retryAfter(500)(exchange);
      }
      exchange.pass();
    };
    const first = gateway.ask(ASK);
    await until(() => throttledAt !== undefined);
    const others = [4, 5, 6].map((size) =>
      gateway.ask(`{ customizedVoiceJobs(first: ${size}) { nodes { jobId } } }`),
    );
    for (const { errors } of await Promise.all([first, ...others])) expect(errors).toBeUndefined();
    expect(times).toHaveLength(4);
    expect(Math.min(...times)).toBeGreaterThan(498);
  });
});

describe('the retry budget', () => {
  // Retried once at once, and no failure for the circuit: only the budget limits these retries.
  const NONCE_USED = { kind: 'error', code: 'SignatureNonceUsed', status: 400 } as const;
  const BOUGHT = CAPACITY / RETRY_COST;

  async function startCounting() {
    const gateway = await startGateway();
    let calls = 0;
    const job = '{ customizedVoiceJob(jobId: "none") { jobId } }';
    const list = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';
    /** Number of attempts for a number of sequential calls. */
    const attemptsOf = async (count: number, query = list) => {
      const before = gateway.emulator.calls.length;
      for (let call = 0; call < count; call++) await gateway.ask(query, { call: calls++ });
      return gateway.emulator.calls.length - before;
    };
    return Object.assign(gateway, { attemptsOf, job, list });
  }

  test.each(['list', 'job'] as const)('limits the retries of all calls for a %s together', async (kind) => {
    await using gateway = await startCounting();
    gateway.emulator.fault(NONCE_USED);
    expect(await gateway.attemptsOf(BOUGHT, gateway[kind])).toBe(2 * BOUGHT);
    expect(await gateway.attemptsOf(20, gateway[kind])).toBe(20);
  });

  test('is shared by lists and jobs, at both endpoints', async () => {
    await using gateway = await startCounting();
    gateway.emulator.fault(NONCE_USED);
    await gateway.attemptsOf(BOUGHT / 2, gateway.list);
    await gateway.attemptsOf(BOUGHT / 2, gateway.job);
    const before = gateway.emulator.calls.length;
    for (const path of ['/graphql', '/subgraph']) {
      const { errors } = await gateway.ask(ASK, {}, {}, path);
      expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_DENIED');
    }
    expect(gateway.emulator.calls.length - before).toBe(2);
  });

  test('is refilled by successes: five of them pay for one retry', async () => {
    await using gateway = await startCounting();
    const lift = gateway.emulator.fault(NONCE_USED);
    await gateway.attemptsOf(BOUGHT);
    lift();
    expect(await gateway.attemptsOf(2 * RETRY_COST)).toBe(2 * RETRY_COST);
    gateway.emulator.fault(NONCE_USED);
    expect(await gateway.attemptsOf(10)).toBe(10 + 2);
  });
});

function says(bytes: Buffer | string): RequestHandler {
  return ({ socket }) => {
    socket.write(bytes);
  };
}

function inXml(code: string, status: number): RequestHandler {
  const body = `<?xml version="1.0"?><Error><RequestId>R-1</RequestId><HostId>${UPSTREAM_TEXT}</HostId><Code>${code}</Code></Error>`;
  const length = Buffer.byteLength(body);
  return says(
    headText({ 'content-type': 'text/xml;charset=utf-8', 'content-length': length }, `${status} No`) + body,
  );
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}
