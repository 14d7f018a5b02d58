import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { post, type Received, send } from '../answers/asking.ts';
import { globalIdOf } from '../answers/corpus.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { EVERY_FIELD, times } from './check-document.ts';
import { bodyOf, WAYS } from './told.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.[Symbol.asyncDispose]());
beforeEach(() => gateway.emulator.resetCalls());

const ENTITIES = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
const ids = (count: number) => Array.from({ length: count }, (_, index) => globalIdOf(`${index}`));
const references = (count: number) =>
  ids(count).map((jobId) => ({ __typename: 'CustomizedVoiceJob', jobId }));

interface Rejected {
  readonly body: unknown;
  readonly path?: string;
  readonly code: string;
  readonly message: string | RegExp;
  readonly facts?: Record<string, unknown>;
}

const tooComplex = { code: 'OPERATION_TOO_COMPLEX' };

/** Requests that are rejected before execution. */
const REJECTED: readonly (readonly [title: string, request: Rejected])[] = [
  [
    'too many points',
    {
      ...tooComplex,
      body: {
        query: `{ customizedVoiceJobs(first: 100) { edges { node { ${EVERY_FIELD} } } nodes { ${EVERY_FIELD} } } }`,
      },
      message: 'The operation costs up to 2913. The maximum is 2500 (LIMIT_COMPLEXITY).',
      facts: { cost: 2913, limit: 2500 },
    },
  ],
  [
    'too many points for these variables',
    {
      ...tooComplex,
      body: { query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', variables: { ids: ids(300) } },
      message: 'The operation costs up to 3361. The maximum is 2500 (LIMIT_COMPLEXITY).',
      facts: { cost: 3361, limit: 2500 },
    },
  ],
  [
    'too many entities',
    {
      ...tooComplex,
      path: '/subgraph',
      body: { query: ENTITIES, variables: { of: references(300) } },
      message: /costs up to 3361/,
      facts: { cost: 3361, limit: 2500 },
    },
  ],
  [
    'too many levels',
    {
      ...tooComplex,
      body: { query: `${'{ a '.repeat(13)}${'}'.repeat(13)}` },
      message: 'The operation is 13 levels deep. The maximum is 12 (LIMIT_DEPTH).',
      facts: { depth: 13, limit: 12 },
    },
  ],
  [
    'too many levels of the subgraph',
    {
      ...tooComplex,
      path: '/subgraph',
      body: { query: `${'{ a '.repeat(13)}${'}'.repeat(13)}` },
      message: /13 levels deep/,
      facts: { depth: 13, limit: 12 },
    },
  ],
  [
    'too many tokens',
    {
      ...tooComplex,
      body: { query: `{ ${'a '.repeat(2000)} }` },
      message: /more than 2000 tokens/,
      facts: { limit: 2000 },
    },
  ],
  [
    'too many brackets',
    {
      ...tooComplex,
      body: { query: `{ a(b: ${'['.repeat(1500)}` },
      message: /more than 200 nested brackets/,
      facts: { limit: 200 },
    },
  ],
  [
    'too many aliases',
    {
      ...tooComplex,
      body: { query: `{ node(id: "a") { ${times(101, (index) => `a${index}: id`)} } }` },
      message: 'The document has 101 aliases. The maximum is 100.',
      facts: { limit: 100 },
    },
  ],
  [
    'too many root fields',
    {
      ...tooComplex,
      body: { query: `{ ${times(51, (index) => `a${index}: __typename`)} }` },
      message: 'The document has 51 root fields. The maximum is 50.',
      facts: { limit: 50 },
    },
  ],
  [
    'a text that does not parse',
    { code: 'GRAPHQL_PARSE_FAILED', body: { query: '{ nothing' }, message: /^Syntax Error: / },
  ],
  [
    'a field that does not exist',
    {
      code: 'GRAPHQL_VALIDATION_FAILED',
      body: { query: '{ nothing }' },
      message: /Cannot query field "nothing"/,
    },
  ],
  [
    'a batch',
    { code: 'BAD_REQUEST', body: [{ query: '{ __typename }' }], message: 'Batching is not supported.' },
  ],
];

describe.each(REJECTED)('%s', (_, { body, path = '/graphql', code, message, facts = {} }) => {
  const ask = (headers: Record<string, string>, accept: string) =>
    post(gateway, body, { path, headers: { ...headers, accept } });

  test.each(WAYS)('is rejected by %s, repeatedly, without an upstream call', async (_, headers) => {
    for (let asked = 0; asked < 3; asked++) {
      const answer = await ask(headers, 'application/graphql-response+json');
      expect(answer.status).toBe(400);
      const { data, errors } = bodyOf(answer);
      expect(data).toBeUndefined();
      expect(errors).toHaveLength(1);
      if (typeof message === 'string') expect(errors?.[0]?.message).toBe(message);
      else expect(errors?.[0]?.message).toMatch(message);
      expect(errors?.[0]?.extensions).toEqual({ code, ...facts });
    }
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('is rejected with the same response on both paths, for every media type', async () => {
    const seen = ({ status, headers, text }: Received) => [status, headers['content-type'], text];
    for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
      const [one, other] = await Promise.all(WAYS.map(([, headers]) => ask(headers, accept)));
      expect(seen(one as Received)).toEqual(seen(other as Received));
    }
  });
});

describe('configured limits', () => {
  test.each([
    [{ complexity: 21 }, 'OPERATION_TOO_COMPLEX'],
    [{ complexity: 22 }, undefined],
    [{ depth: 2 }, 'OPERATION_TOO_COMPLEX'],
    [{ depth: 3 }, undefined],
  ])('%j apply', async (limits, code) => {
    await using limited = await startGateway({ gateway: { limits } });
    const query = '{ customizedVoiceJobs { nodes { id } } }';
    for (const [, headers] of WAYS) {
      for (let run = 0; run < 3; run++) {
        const { errors } = bodyOf(await post(limited, { query }, { headers }));
        expect(errors?.[0]?.extensions.code).toBe(code);
      }
    }
  });

  test('reject only the runs of a document whose variables exceed them', async () => {
    const query =
      'query ($n: Int) { customizedVoiceJobs(first: $n) { edges { node { id jobId status } } nodes { id jobId status } } }';
    await using limited = await startGateway({ gateway: { limits: { complexity: 100 } } });
    for (const [, headers] of WAYS) {
      const codes: unknown[] = [];
      for (const n of [1, 100, 2, 99, 3]) {
        const { errors } = bodyOf(await post(limited, { query, variables: { n } }, { headers }));
        codes.push(errors?.[0]?.extensions.code);
      }
      expect(codes).toEqual([
        undefined,
        'OPERATION_TOO_COMPLEX',
        undefined,
        'OPERATION_TOO_COMPLEX',
        undefined,
      ]);
    }
  });
});

describe('a GET request', () => {
  test.each([
    'mutation { deleteJob }',
    'subscription { jobs { id } }',
    'query A { __typename } mutation B { x }',
  ])('with %s is rejected', async (query) => {
    const operationName = query.includes('B') ? '&operationName=B' : '';
    for (const way of ['', '&key=1']) {
      const target = `/graphql?query=${encodeURIComponent(query)}${operationName}${way}`;
      for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
        const { status, headers, text } = await send(gateway, 'GET', target, { accept });
        expect([status, headers.allow]).toEqual([405, 'POST']);
        expect(JSON.parse(text).errors[0]).toMatchObject({
          message: expect.stringMatching(/^GET supports only queries. Send a \w+ by POST\.$/),
          extensions: { code: 'BAD_REQUEST' },
        });
      }
    }
  });

  test('is accepted for the query among several operations', async () => {
    const query = encodeURIComponent('query A { __typename } mutation B { x }');
    const { text } = await send(gateway, 'GET', `/graphql?query=${query}&operationName=A`, {});
    // The schema itself has no mutations.
    expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
  });
});

test('the lowest configurable limits allow reading a job; lower ones would not', async () => {
  const queries = [
    '{ customizedVoiceJobs { totalCount } }',
    '{ customizedVoiceJob(jobId: "x") { status } }',
    `{ node(id: "${globalIdOf('x')}") { id } }`,
  ];
  const codesWith = async (limits: { depth: number; complexity: number }) => {
    await using least = await startGateway({ gateway: { limits } });
    const answers = await Promise.all(queries.map((query) => least.ask(query)));
    return answers.map(({ errors }) => errors?.[0]?.extensions.code);
  };
  expect(loadConfig({ LIMIT_DEPTH: '2', LIMIT_COMPLEXITY: '12' }).limits).toMatchObject({
    depth: 2,
    complexity: 12,
  });
  expect(await codesWith({ depth: 2, complexity: 12 })).toEqual([undefined, undefined, undefined]);
  expect(await codesWith({ depth: 2, complexity: 11 })).toEqual(queries.map(() => 'OPERATION_TOO_COMPLEX'));
  expect(await codesWith({ depth: 1, complexity: 12 })).toEqual(queries.map(() => 'OPERATION_TOO_COMPLEX'));
});
