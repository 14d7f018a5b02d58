import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const jobs = (args: string) => `{ customizedVoiceJobs(${args}) { nodes { jobId } } }`;

/** The only error of a response, and the number of upstream calls. */
async function refusal(query: string, variables?: Record<string, unknown>) {
  gateway.emulator.resetCalls();
  const { errors = [], data } = await gateway.ask(query, variables);
  expect(errors).toHaveLength(1);
  expect(gateway.emulator.calls).toHaveLength(0);
  const [error] = errors;
  return {
    code: error?.extensions.code,
    argument: error?.extensions.argument,
    message: error?.message,
    data,
  };
}

async function cursor(type: string): Promise<string> {
  const { data } = await gateway.ask(
    `{ customizedVoiceJobs(type: ${type}, first: 3) { pageInfo { endCursor } } }`,
  );
  return data.customizedVoiceJobs.pageInfo.endCursor;
}

describe('BAD_USER_INPUT names the argument and the allowed values, and costs no upstream call, for', () => {
  test.each([
    ['first: -1', 'first', '`first` is -1; allowed is a whole number from 0 to 100.'],
    ['first: 101', 'first', '`first` is 101; allowed is a whole number from 0 to 100.'],
    ['last: -7', 'last', '`last` is -7; allowed is a whole number from 0 to 100.'],
    ['last: 2147483647', 'last', '`last` is 2147483647; allowed is a whole number from 0 to 100.'],
    [
      'first: 1, last: 1',
      'last',
      'Give `first` or `last`, not both: they ask for opposite ends of the list.',
    ],
    [
      'first: 1, after: "page-2"',
      'after',
      /^`after` is not a cursor of this gateway; pass on an `endCursor`/,
    ],
    ['last: 1, before: ""', 'before', /^`before` is not a cursor of this gateway/],
  ])('%s', async (args, argument, message) => {
    const refused = await refusal(jobs(args));
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', argument, data: null });
    expect(refused.message).toMatch(message);
  });

  test('a torn cursor', async () => {
    const torn = (await cursor('BASIC')).slice(0, -5);
    expect(await refusal(jobs(`after: "${torn}"`))).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'after',
    });
  });

  test('a cursor of the other list', async () => {
    expect(await refusal(jobs(`type: BASIC, before: "${await cursor('STANDARD')}"`))).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'before',
      message: '`before` is a cursor of the list of type STANDARD; it cannot be used with type BASIC.',
    });
  });

  test('a cursor of the other list with first: 0', async () => {
    const refused = await refusal('{ customizedVoiceJobs(first: 101) { totalCount } }');
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'first' });
  });

  test('an empty job id', async () => {
    expect(await refusal('{ customizedVoiceJob(jobId: " ") { jobId } }')).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'jobId',
      message: '`jobId` has 1 characters; a job id has 1 to 128, not all of them blank.',
    });
  });

  test('a text that is not a global id', async () => {
    expect(await refusal('{ node(id: "42") { id } }')).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'id',
      message: '`id` has "42"; allowed is an `id` that this API returned.',
    });
  });

  test('more ids than a page has rows', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => btoa(`CustomizedVoiceJob:${index}`));
    expect(await refusal('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).toMatchObject({
      argument: 'ids',
      message: '`ids` has 101 entries; allowed are at most 100.',
    });
  });

  test('a variable of the wrong type', async () => {
    const refused = await refusal('query ($n: Int) { customizedVoiceJobs(first: $n) { totalCount } }', {
      n: 'ten',
    });
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(refused.message).toContain('$n');
  });
});

test('a syntax error and an unknown field have error codes of their own', async () => {
  expect(await refusal('{ customizedVoiceJobs')).toMatchObject({ code: 'GRAPHQL_PARSE_FAILED' });
  expect(await refusal('{ customisedVoiceJobs { totalCount } }')).toMatchObject({
    code: 'GRAPHQL_VALIDATION_FAILED',
  });
  expect(await refusal(jobs('type: PREMIUM'))).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
});

test('one invalid id among many is null with an error of its own, and the others are answered', async () => {
  const [job] = gateway.emulator.list('Basic');
  const good = btoa(`CustomizedVoiceJob:${job?.JobId}`);
  const { data, errors } = await gateway.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: [good, 'nonsense', btoa('Voice:1'), btoa('CustomizedVoiceJob:no-such-job')],
  });
  expect(data.nodes).toEqual([{ id: good }, null, null, null]);
  expect(errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
    [['nodes', 1], 'BAD_USER_INPUT'],
  ]);
});
