import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway[Symbol.asyncDispose]());

const sent = (): Record<string, string>[] =>
  gateway.emulator.calls.map(({ action, params }) => ({ action, ...params }));

test('a total alone costs one call of PageSize 1', async () => {
  const { data } = await gateway.ask('{ customizedVoiceJobs(first: 50) { totalCount } }');
  expect(data.customizedVoiceJobs.totalCount).toBe(271);
  expect(sent()).toEqual([{ action: 'ListCustomizedVoiceJobs', PageNo: '1', PageSize: '1', Type: 'Basic' }]);
});

test.each(['totalCount edges { cursor } nodes { id } pageInfo { hasNextPage }', 'nodes { id } totalCount'])(
  'the total costs no call beside its page: %s',
  async (fields) => {
    await gateway.ask(`{ customizedVoiceJobs(first: 7) { ${fields} } }`);
    expect(sent()).toEqual([
      { action: 'ListCustomizedVoiceJobs', PageNo: '1', PageSize: '7', Type: 'Basic' },
    ]);
  },
);

test('equal pages, equal jobs, and a total beside a page cost one call each within a request', async () => {
  const [job] = gateway.emulator.list('Basic');
  const { errors } = await gateway.ask(`{
    a: customizedVoiceJobs(first: 10) { nodes { id } }
    b: customizedVoiceJobs(type: BASIC) { edges { cursor } }
    c: customizedVoiceJobs { totalCount }
    d: customizedVoiceJob(jobId: "${job?.JobId}") { status }
    e: customizedVoiceJob(jobId: "${job?.JobId}") { voiceName }
    f: node(id: "${btoa(`CustomizedVoiceJob:${job?.JobId}`)}") { id }
  }`);
  expect(errors).toBeUndefined();
  expect(
    sent()
      .map(({ action }) => action)
      .sort(),
  ).toEqual(['GetCustomizedVoiceJob', 'ListCustomizedVoiceJobs']);
});

test('another request reads its pages again', async () => {
  for (let request = 0; request < 2; request++) await gateway.ask('{ customizedVoiceJobs { totalCount } }');
  expect(sent()).toHaveLength(2);
});

test('the last rows cost one call for the total and one for the page that holds them', async () => {
  await gateway.ask('{ customizedVoiceJobs(last: 10) { totalCount nodes { id } } }');
  expect(sent().map(({ PageNo, PageSize }) => [PageNo, PageSize])).toEqual([
    ['1', '1'],
    ['21', '13'],
  ]);
});

test('first: 0 costs the smallest call and returns correct page info', async () => {
  const { data } = await gateway.ask(
    '{ customizedVoiceJobs(first: 0) { edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
  );
  expect(data.customizedVoiceJobs).toEqual({
    edges: [],
    pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
  expect(sent().map(({ PageSize }) => PageSize)).toEqual(['1']);
});

test('every call is signed afresh: no nonce repeats, and every signature verifies', async () => {
  await Promise.all(Array.from({ length: 200 }, () => gateway.ask('{ customizedVoiceJobs { totalCount } }')));
  expect(new Set(gateway.emulator.calls.map(({ nonce }) => nonce)).size).toBe(200);
  expect(new Set(gateway.emulator.calls.map(({ outcome }) => outcome))).toEqual(new Set(['OK']));
});
