import { describe, expect, test } from 'vitest';
import { post } from '../answers/asking.ts';
import { globalIdOf } from '../answers/corpus.ts';
import { times } from '../limits/checked.ts';
import { startProduction } from './production.ts';

// Each test is a line of "DoS Prevention" or of "Batching Attacks".
// https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html#dos-prevention

const PAGE = '{ customizedVoiceJobs(first: 3) { nodes { id } } }';
const lookups = (count: number) =>
  `{ ${times(count, (index) => `a${index}: customizedVoiceJob(jobId: "${index}") { id }`)} }`;
const codeOf = ({ errors }: { errors?: readonly { extensions: Record<string, unknown> }[] }) =>
  errors?.[0]?.extensions.code;

describe('dos prevention', () => {
  test('depth limiting', async () => {
    await using gateway = await startProduction();
    const evil = `${'{ album { songs '.repeat(20)}{ id }${'} }'.repeat(20)}`;
    expect(codeOf(await gateway.ask(evil))).toBe('OPERATION_TOO_COMPLEX');
    // The schema has no circle: what is allowed is three times as deep as anything that exists.
    expect(codeOf(await gateway.ask('{ customizedVoiceJobs { edges { node { id } } } }'))).toBeUndefined();
  });

  test('amount limiting: 99999999 of an object', async () => {
    await using gateway = await startProduction();
    for (const amount of [99_999_999, 101, -1]) {
      const answer = await gateway.ask(`{ customizedVoiceJobs(first: ${amount}) { nodes { id } } }`);
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'first' });
    }
    const ids = Array.from({ length: 101 }, (_, index) => globalIdOf(`${index}`));
    const answer = await gateway.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'ids' });
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('pagination: no list comes whole, said or not', async () => {
    await using gateway = await startProduction();
    const { data } = await gateway.ask('{ customizedVoiceJobs { totalCount nodes { id } } }');
    expect(data.customizedVoiceJobs).toMatchObject({ totalCount: 271, nodes: { length: 10 } });
  });

  test.each([{ kind: 'hang' } as const, { kind: 'dribble', everyMs: 50 } as const])(
    'timeouts: an upstream that does not end is given up ($kind)',
    async (fault) => {
      await using gateway = await startProduction({ deadlineMs: 300 });
      gateway.emulator.fault(fault);
      const startedAt = performance.now();
      const answer = await gateway.ask(PAGE);
      expect(codeOf(answer)).toBe('UPSTREAM_TIMEOUT');
      expect(performance.now() - startedAt).toBeLessThan(300 + 2000);
    },
  );

  test('query cost analysis, with a maximum', async () => {
    await using gateway = await startProduction();
    const expensive = `{ ${times(40, (index) => `a${index}: customizedVoiceJobs(first: ${60 + index}) { nodes { id } }`)} }`;
    expect(codeOf(await gateway.ask(expensive))).toBe('OPERATION_TOO_COMPLEX');
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('rate limiting', async () => {
    await using gateway = await startProduction({ limits: { requestsPerMinute: 2 } });
    const statuses: (number | undefined)[] = [];
    for (let asked = 0; asked < 4; asked++) statuses.push((await post(gateway, { query: PAGE })).status);
    expect(statuses).toEqual([200, 200, 429, 429]);
    expect((await post(gateway, { query: PAGE })).headers['retry-after']).toMatch(/^\d+$/);
  });

  test('batching and caching: what is asked for twice is read once, in a request and between them', async () => {
    await using gateway = await startProduction();
    const query = `{ ${times(50, (index) => `a${index}: customizedVoiceJobs(first: 3) { nodes { id } }`)} }`;
    expect((await gateway.ask(query)).errors).toBeUndefined();
    expect(gateway.emulator.calls).toHaveLength(1);
    await gateway.ask(PAGE);
    expect(gateway.emulator.calls).toHaveLength(1);
  });

  test('system resources: a body has a size, announced or not', async () => {
    await using gateway = await startProduction();
    const long = JSON.stringify({ query: `${PAGE} # ${'x'.repeat(100_000)}` });
    expect((await post(gateway, long)).status).toBe(413);
    const chunked = await fetch(`${gateway.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(long));
          controller.close();
        },
      }),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect(gateway.emulator.calls).toEqual([]);
  });
});

describe('batching attacks', () => {
  test('several operations in one request are refused as a whole', async () => {
    await using gateway = await startProduction();
    const batch = Array.from({ length: 3 }, (_, index) => ({
      query: `{ customizedVoiceJob(jobId: "${index}") { id } }`,
    }));
    for (const body of [batch, batch.slice(0, 1), []]) {
      const { status, text } = await post(gateway, body, {
        headers: { accept: 'application/graphql-response+json' },
      });
      expect([status, JSON.parse(text).errors[0].message]).toEqual([400, 'Batching is not supported.']);
    }
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('many operations in one document are one at most', async () => {
    await using gateway = await startProduction();
    const query = times(9, (index) => `query Q${index} { customizedVoiceJob(jobId: "${index}") { id } }`);
    expect((await post(gateway, { query })).text).toContain('errors');
    expect(gateway.emulator.calls).toEqual([]);
    await post(gateway, { query, operationName: 'Q3' });
    expect(gateway.emulator.calls.map(({ params }) => params.JobId)).toEqual(['3']);
  });

  test('enumeration by aliases: each costs, and there are no more than 50', async () => {
    await using gateway = await startProduction();
    expect(codeOf(await gateway.ask(lookups(51)))).toBe('OPERATION_TOO_COMPLEX');
    expect(codeOf(await gateway.ask(lookups(500)))).toBe('OPERATION_TOO_COMPLEX');
    expect(gateway.emulator.calls).toEqual([]);
    await gateway.ask(lookups(50));
    expect(gateway.emulator.calls).toHaveLength(50);
  });

  test('object request limiting: objects count, however few fields ask for them', async () => {
    await using gateway = await startProduction();
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
    const of = Array.from({ length: 300 }, (_, index) => ({
      __typename: 'CustomizedVoiceJob',
      jobId: `${index}`,
    }));
    expect(codeOf(await gateway.ask(query, { of }, {}, '/subgraph'))).toBe('OPERATION_TOO_COMPLEX');
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('a limit on requests counts each batch that was refused too', async () => {
    await using gateway = await startProduction({ limits: { requestsPerMinute: 2 } });
    const statuses: (number | undefined)[] = [];
    for (let asked = 0; asked < 3; asked++) statuses.push((await post(gateway, [{ query: PAGE }])).status);
    expect(statuses).toEqual([400, 400, 429]);
  });
});
