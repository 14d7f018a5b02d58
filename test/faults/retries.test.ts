import { describe, expect, test } from 'vitest';
import { CAPACITY, MAX_ATTEMPTS, RETRY_COST } from '../../src/upstream/resilience/retry.ts';
import { startGateway } from '../gateway-under-test.ts';
import type { Treatment } from './front.ts';
import { headText, refusalText } from './http-text.ts';
import { type FaultCase, runCase, startFronted } from './run-case.ts';
import { undisturbed } from './standstill.ts';
import { WORDS } from './upstream-words.ts';

const AWAY = 'UPSTREAM_UNAVAILABLE';
const THROTTLED = 'UPSTREAM_THROTTLED';
const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

const failing = (code: string, status: number) => says(refusalText(code, status));
const throttled = (headers: Record<string, string> = {}) =>
  says(refusalText('Throttling.User', 400, headers));
const retryAfter = (ms: number) => throttled({ 'x-acs-retry-after': String(ms) });
const timeLeft = (ms: number) => `Limit:1,Remain:0,TimeLeft:${ms},Reset:${ms}`;
const untilQuota = (apiMs: number, userMs: number) =>
  throttled({ 'x-ratelimit-user-api': timeLeft(apiMs), 'x-ratelimit-user': timeLeft(userMs) });

/** One for all failed requests, or a list of one for each of them. */
type Treatments = Treatment | readonly Treatment[];

type Row = [title: string, treatments: Treatments, times: number, code: FaultCase['code'], tries: number];

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
  ['one failure after another', [failing('InternalError', 500), retryAfter(20)], 2, undefined, 3],
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

  ['throttling that says nothing, once', throttled(), 1, undefined, 2],
  ['throttling that says nothing, twice', throttled(), 2, undefined, 3],
  ['throttling that says nothing, always', throttled(), Number.POSITIVE_INFINITY, THROTTLED, MAX_ATTEMPTS],
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
  ['throttling by its status alone', says(headText({ 'content-length': 0 }, '429 Slow')), 1, undefined, 2],
  [
    'throttling by its header alone',
    says(headText({ 'content-length': 0, 'x-acs-retry-after': 30 }, '403 Slow')),
    Number.POSITIVE_INFINITY,
    THROTTLED,
    MAX_ATTEMPTS,
  ],
];

describe('the upstream answers with', () => {
  test.concurrent.each(CASES)('%s', (title, treatments, times, code, tries) =>
    runCase({
      title,
      // A case may run again, so that it begins with the first treatment each time.
      begin({ front }) {
        const list = [treatments].flat();
        let request = 0;
        front.treatment = (exchange) => {
          const treatment = request < times ? list[Math.min(request, list.length - 1)] : undefined;
          request++;
          return treatment === undefined ? exchange.pass() : treatment(exchange);
        };
        return () => {
          front.treatment = undefined;
        };
      },
      code,
      tries,
    }),
  );
});

/** [what is said, the wait that the caller is told, the wait before the next request, at least] */
const WAITS: [string, Treatment, number, number][] = [
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

describe('throttling that asks for a wait of', () => {
  test.concurrent.each(WAITS)('%s keeps to it, and tells the caller', (_title, treatment, toldMs, leastMs) =>
    undisturbed(async () => {
      await using gateway = await startFronted({ deadlineMs: 2000 });
      const times: number[] = [];
      gateway.front.treatment = (exchange) => {
        times.push(performance.now());
        treatment(exchange);
      };
      const { errors } = await gateway.ask(ASK);
      expect(errors?.[0]?.extensions).toMatchObject({ code: THROTTLED, retryAfterMs: toldMs });
      expect(times).toHaveLength(MAX_ATTEMPTS);
      // Timers may be early by the fraction of a millisecond that they round off.
      for (const [index, time] of times.slice(1).entries())
        expect(time - (times[index] ?? 0)).toBeGreaterThan(leastMs - 2);
    }),
  );

  test.concurrent('nothing is followed by waits of all lengths', async () => {
    const waitsMs: number[] = [];
    await using gateway = await startFronted({ deadlineMs: 60_000 });
    for (let call = 0; call < 6; call++) {
      const times: number[] = [];
      gateway.front.treatment = ({ socket }) => {
        times.push(performance.now());
        socket.write(refusalText('InternalError', 500));
      };
      await gateway.ask(ASK);
      waitsMs.push((times[1] ?? 0) - (times[0] ?? 0), (times[2] ?? 0) - (times[1] ?? 0));
    }
    // On the average 50 ms before the second try and 100 ms before the third; 900 ms in all.
    expect(waitsMs.reduce((sum, waitMs) => sum + waitMs)).toBeGreaterThan(250);
    expect(new Set(waitsMs.map((waitMs) => Math.round(waitMs / 10))).size).toBeGreaterThan(3);
  });

  test.concurrent('half a second holds up everybody, and nobody longer than needed', async () => {
    await using gateway = await startFronted({ deadlineMs: 60_000 });
    const { front } = gateway;
    let throttledAt: number | undefined;
    const times: number[] = [];
    front.treatment = (exchange) => {
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
  // Retried once, at once, and no failure for the circuit: nothing but the budget bounds these retries.
  const NONCE_USED = { kind: 'error', code: 'SignatureNonceUsed', status: 400 } as const;
  const BOUGHT = CAPACITY / RETRY_COST;

  async function startCounting() {
    const gateway = await startGateway();
    let calls = 0;
    const job = '{ customizedVoiceJob(jobId: "none") { jobId } }';
    const list = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';
    /** What a number of calls after one another cost in attempts. */
    const attemptsOf = async (count: number, query = list) => {
      const before = gateway.emulator.calls.length;
      for (let call = 0; call < count; call++) await gateway.ask(query, { call: calls++ });
      return gateway.emulator.calls.length - before;
    };
    return Object.assign(gateway, { attemptsOf, job, list });
  }

  test.each(['list', 'job'] as const)('bounds the retries of all calls for a %s together', async (kind) => {
    await using gateway = await startCounting();
    gateway.emulator.fault(NONCE_USED);
    expect(await gateway.attemptsOf(BOUGHT, gateway[kind])).toBe(2 * BOUGHT);
    expect(await gateway.attemptsOf(20, gateway[kind])).toBe(20);
  });

  test('is one budget for lists and jobs, at both endpoints', async () => {
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

  test('is paid back by successes: five of them buy one retry', async () => {
    await using gateway = await startCounting();
    const lift = gateway.emulator.fault(NONCE_USED);
    await gateway.attemptsOf(BOUGHT);
    lift();
    expect(await gateway.attemptsOf(2 * RETRY_COST)).toBe(2 * RETRY_COST);
    gateway.emulator.fault(NONCE_USED);
    expect(await gateway.attemptsOf(10)).toBe(10 + 2);
  });
});

function says(bytes: Buffer | string): Treatment {
  return ({ socket }) => {
    socket.write(bytes);
  };
}

function inXml(code: string, status: number): Treatment {
  const body = `<?xml version="1.0"?><Error><RequestId>R-1</RequestId><HostId>${WORDS}</HostId><Code>${code}</Code></Error>`;
  const length = Buffer.byteLength(body);
  return says(
    headText({ 'content-type': 'text/xml;charset=utf-8', 'content-length': length }, `${status} No`) + body,
  );
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}
