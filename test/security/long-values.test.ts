import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { describeError } from '../../src/log/create-log.ts';
import { post, type Received } from '../answers/asking.ts';
import { VIA_YOGA } from '../answers/ways.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { open, subscribeTo } from '../live/raw-socket.ts';
import { startProduction } from './production.ts';

/** Maximum number of characters of one value in a message. */
const MAX_QUOTED = 200;

/** Nearly the maximum length of a request body. */
const LENGTH = 98_000;

/**
 * Maximum ratio of CPU times between an attack and a harmless request with the same values. A quadratic expression made it
 * 500.
 */
const MAX_RATIO = 60;

const fill = (piece: string, length = LENGTH) => piece.repeat(Math.floor(length / piece.length));

const ENUM_QUERY =
  'query ($t: CustomizedVoiceJobTypeFilter!) { customizedVoiceJobs(type: $t) { totalCount } }';
const INT_QUERY = 'query ($n: Int) { customizedVoiceJobs(first: $n) { totalCount } }';

/** A request body that makes the gateway quote a value of the caller. */
type Attack = readonly [title: string, body: Record<string, unknown>];

const VALUES: readonly (readonly [title: string, value: string])[] = [
  ['the start of a suggestion', fill(' Did you mean ')],
  ['suggestions', fill(' Did you mean "BASIC"?')],
  ['one letter', fill('A')],
  ['quotation marks', fill('"', LENGTH / 2)],
  ['backslashes', fill('\\', LENGTH / 2)],
  ['question marks', fill('?')],
  ['line feeds', fill('\n', LENGTH / 2)],
  ['halves of characters', fill('\ud83d', LENGTH / 6)],
];

const ATTACKS: readonly Attack[] = [
  ...VALUES.flatMap(([title, value]): Attack[] => [
    [`an enum variable of ${title}`, { query: ENUM_QUERY, variables: { t: value } }],
    [`a number variable of ${title}`, { query: INT_QUERY, variables: { n: value } }],
    [
      `a cursor of ${title}`,
      {
        query: '{ customizedVoiceJobs(after: ".") { totalCount } }'.replace(
          '"."',
          JSON.stringify(value).replaceAll('\\\\u', '\\u'),
        ),
      },
    ],
    [`an operation name of ${title}`, { query: '{ __typename }', operationName: value }],
    [
      `a job id of ${title}`,
      {
        query: 'query ($id: ID!) { node(id: $id) { id } customizedVoiceJob(jobId: $id) { id } }',
        variables: { id: value },
      },
    ],
    [`an unknown parameter of ${title}`, { query: '{ __typename }', [value]: 1 }],
    [`an object with a key of ${title}`, { query: ENUM_QUERY, variables: { t: { [value]: 1 } } }],
    [`a list for an enum with ${title}`, { query: ENUM_QUERY, variables: { t: [value] } }],
  ]),
  ['a list for an enum with 20,000 values', { query: ENUM_QUERY, variables: { t: Array(20_000).fill('a') } }],
  [
    'an object with 10,000 keys for an enum',
    {
      query: ENUM_QUERY,
      variables: { t: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 1])) },
    },
  ],
  [
    '5,000 wrong ids',
    {
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: Array(5000).fill({ a: 'b' }) },
    },
  ],
  ['an enum in the document', { query: `{ customizedVoiceJobs(type: ${fill('BASIC_')}) { totalCount } }` }],
  [
    'a text for an enum in the document',
    { query: `{ customizedVoiceJobs(type: "${fill(' Did you mean ')}") { totalCount } }` },
  ],
  [
    'a block text for an enum in the document',
    { query: `{ customizedVoiceJobs(type: """${fill('a "b" c ', 80_000)}""") { totalCount } }` },
  ],
  [
    'an object for an enum in the document',
    { query: `{ customizedVoiceJobs(type: {${fill('a:1 ', 2400)}}) { totalCount } }` },
  ],
  ['a number in the document', { query: `{ customizedVoiceJobs(first: ${fill('1')}) { totalCount } }` }],
  ['a text where a name should be', { query: `{ "${fill(' Did you mean ')}" }` }],
  [
    'a block text with quotation marks where a name should be',
    { query: `{ """${fill('a "b" c ', 80_000)}""" }` },
  ],
  ['a field', { query: `{ ${fill('customizedVoiceJobs')} }` }],
  ['an argument', { query: `{ customizedVoiceJobs(${fill('first')}: 1) { totalCount } }` }],
  ['a type', { query: `{ node(id: "a") { ... on ${fill('CustomizedVoiceJob')} { id } } }` }],
  ['a fragment', { query: `{ ...${fill('a')} }` }],
  ['a directive', { query: `{ __typename @${fill('skip')} }` }],
  ['a variable', { query: `{ node(id: $${fill('a')}) { id } }` }],
  [
    'two fields of one alias',
    { query: `{ ${fill('a')}: __typename ${'x'}: __typename x: node(id: "a") { id } }` },
  ],
  [
    'the name of an operation, twice',
    { query: `query ${fill('a', 40_000)} { __typename } query ${fill('a', 40_000)} { __typename }` },
  ],
  ['what is no token', { query: fill('?') }],
];

/** A valid request that contains the same values. */
const harmless = (body: unknown) => ({ query: '{ __typename }', variables: { unused: body } });

/** CPU time of this process (client and server) for one request, in milliseconds. */
async function cpuMs(ask: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await ask();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * The minimum of up to three runs, because other work of the process only adds to it. @param enough stops early below this
 */
async function leastCpuMs(ask: () => Promise<unknown>, enough: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && least >= enough; run++) least = Math.min(least, await cpuMs(ask));
  return least;
}

const messagesOf = ({ text }: Received): string[] =>
  (JSON.parse(text).errors ?? []).map(({ message }: { message: string }) => message);

/**
 * Length of the longest part of a message that the request body also contains, literally or as JSON; stops above the limit.
 */
function longestQuote(message: string, sent: string): number {
  let longest = 0;
  for (let start = 0; start + longest < message.length; start++)
    while (
      start + longest < message.length &&
      longest <= MAX_QUOTED &&
      sent.includes(message.slice(start, start + longest + 1))
    )
      longest++;
  return longest;
}

/** All texts of a body, literally and as JSON, in which a quoted value can be found. */
function textsOf(value: unknown): string {
  if (typeof value === 'string') return `${value}\0${JSON.stringify(value)}\0`;
  if (typeof value !== 'object' || value === null) return `${value}\0`;
  return Object.entries(value)
    .map(([key, inner]) => `${key}\0${textsOf(inner)}`)
    .join('');
}

describe.each([
  ['the fast path with introspection off', false, {}],
  ['yoga with introspection off', false, VIA_YOGA],
  ['the fast path with introspection on', true, {}],
])('values of 98 kB by %s', (_, introspection, headers) => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startProduction({ introspection });
    for (let run = 0; run < 5; run++) await post(gateway, harmless('warm up'));
  });
  afterAll(() => gateway?.[Symbol.asyncDispose]());

  test.each(ATTACKS)(
    'take CPU time in proportion to their length, and no message quotes more than 200 characters: %s',
    async (_, body) => {
      const harmlessMs = await cpuMs(() => post(gateway, harmless(body)));
      let received: Received | undefined;
      const attack = async () => {
        received = await post(gateway, body, { headers });
      };
      const attackMs = await leastCpuMs(attack, MAX_RATIO * harmlessMs);
      expect(attackMs / harmlessMs).toBeLessThan(MAX_RATIO);
      if (received === undefined) throw new Error('nothing was received');
      const sent = textsOf(body);
      for (const message of messagesOf(received))
        expect(longestQuote(message, sent)).toBeLessThanOrEqual(MAX_QUOTED);
      expect(received.text.length).toBeLessThan(10_000);
      for (const line of gateway.logged.splice(0)) expect(JSON.stringify(line).length).toBeLessThan(2000);
    },
  );
});

describe('long values on a subscription', () => {
  const SUBSCRIBE = 'subscription ($jobId: ID!) { customizedVoiceJobStatusChanged(jobId: $jobId) { jobId } }';
  const payload = { query: SUBSCRIBE, variables: { jobId: [fill(' Did you mean ')] } };

  test('of 98 kB are cut in the error over server-sent events', async () => {
    await using gateway = await startProduction();
    const { text } = await post(gateway, payload, { headers: { accept: 'text/event-stream' } });
    expect(text).toContain('got invalid value');
    expect(text.length).toBeLessThan(1000);
  });

  test('of 98 kB are cut in the error over a WebSocket', async () => {
    await using gateway = await startProduction();
    const { say, received, socket } = await open(gateway.origin);
    onTestFinished(() => socket.terminate());
    say({ type: 'connection_init' });
    await expect.poll(() => received).toHaveLength(1);
    say({ type: 'subscribe', id: '1', payload });
    await expect.poll(() => received.at(-1)?.type).toBe('complete');
    const [error] = received.find(({ type }) => type === 'next')?.payload.errors ?? [];
    expect(error.message).toContain('got invalid value');
    expect(error.message.length).toBeLessThan(250);
  });

  test.each([
    ['letters', 'x'],
    ['characters of three bytes', '語'],
    ['characters of four bytes', '😀'],
  ])(
    'the longest id of %s, sent twice, closes the connection with a reason that fits, without an error in the log',
    async (_, letter) => {
      await using gateway = await startProduction();
      const { JobId } = gateway.emulator.insert('Basic', { Status: 'Training' });
      const { say, received, closed } = await open(gateway.origin);
      say({ type: 'connection_init' });
      await expect.poll(() => received).toHaveLength(1);
      const id = letter.repeat(1000 / letter.length);
      say(subscribeTo(JobId, id));
      say(subscribeTo(JobId, id));
      const { code, reason } = await closed;
      expect([code, reason]).toEqual([4409, 'Subscriber for this id already exists']);
      expect(gateway.logged.filter(({ err }) => err !== undefined)).toEqual([]);
    },
  );
});

describe('long values in the log', () => {
  test('an error message of 98 kB is cut, and its stack keeps the frames', () => {
    const described = describeError(new Error(fill(' Did you mean ')), (text) => text);
    expect(described.message?.length).toBeLessThan(1010);
    expect(described.stack).toContain('long-values.test.ts');
    expect(described.stack?.length).toBeLessThan(8010);
  });
});
