import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FaultLimits } from '../../emulator/faults.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { globalIdOf } from './corpus.ts';
import { expectOneAnswer } from './ways.ts';

let gateway: GatewayUnderTest;
let jobIds: string[];
beforeEach(async () => {
  gateway = await startGateway();
  jobIds = gateway.emulator.list('Basic').map(({ JobId }) => JobId);
});
afterEach(() => gateway[Symbol.asyncDispose]());

const job = (index: number): FaultLimits => ({ when: ({ params }) => params.JobId === jobIds[index] });
const STANDARD: FaultLimits = { when: ({ params }) => params.Type === 'Standard' };

const paths = ({ body }: Awaited<ReturnType<typeof expectOneAnswer>>) =>
  (body as unknown as { errors: { path: unknown[] }[] }).errors.map(({ path }) => path.join('.'));

describe('fast path, compiled execution and yoga return the same errors if the upstream fails for', () => {
  test('one job of two', async () => {
    gateway.emulator.fault({ kind: 'nullBody' }, job(1));
    const query = `{ a: customizedVoiceJob(jobId: "${jobIds[0]}") { jobId } b: customizedVoiceJob(jobId: "${jobIds[1]}") { id } }`;
    const answer = await expectOneAnswer(gateway, { query });
    expect(paths(answer)).toEqual(['b']);
    expect(answer.body).toMatchObject({ data: { a: { jobId: jobIds[0] }, b: null } });
  });

  test('every job of several', async () => {
    gateway.emulator.fault({ kind: 'nullBody' });
    const ids = jobIds.slice(0, 3).map((jobId) => globalIdOf(jobId));
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const answer = await expectOneAnswer(gateway, { query, variables: { ids } });
    expect(paths(answer).sort()).toEqual(['nodes.0', 'nodes.1', 'nodes.2']);
  });

  test('a list, whatever fields are selected', async () => {
    gateway.emulator.fault({ kind: 'notSuccess' }, STANDARD);
    const fields = ['totalCount', 'nodes { id }', 'edges { cursor }', 'pageInfo { endCursor }'];
    for (const asked of [...fields, fields.join(' '), fields.toReversed().join(' ')]) {
      const query = `{ __typename jobs: customizedVoiceJobs(type: STANDARD) { ${asked} } }`;
      const answer = await expectOneAnswer(gateway, { query });
      expect(answer.body).toMatchObject({
        errors: [{ extensions: { code: 'UPSTREAM_BAD_RESPONSE' } }],
        data: null,
      });
    }
  });

  test('one list of a merged connection', async () => {
    gateway.emulator.fault({ kind: 'cutJson' }, STANDARD);
    const query = '{ customizedVoiceJobs(type: ALL) { nodes { id } pageInfo { endCursor } } }';
    await expectOneAnswer(gateway, { query });
  });

  test('one of two connections', async () => {
    gateway.emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 }, STANDARD);
    const query =
      '{ a: customizedVoiceJobs { nodes { id } } b: customizedVoiceJobs(type: STANDARD) { nodes { id } totalCount } }';
    expect(paths(await expectOneAnswer(gateway, { query }))).toEqual([expect.stringMatching(/^b\./)]);
  });

  test('malformed rows', async () => {
    gateway.emulator.change(jobIds[0] ?? '', { Status: 'Sleeping', CreateTime: 'yesterday', Gender: '' });
    const query = '{ customizedVoiceJobs(first: 2) { nodes { jobId status gender createTime } } }';
    const { body } = await expectOneAnswer(gateway, { query });
    expect(body).toContain(`{"jobId":"${jobIds[0]}","status":null,"gender":null,"createTime":null}`);
  });
});

describe('fast path, compiled execution and yoga return the same subgraph response for', () => {
  const sending = { path: '/subgraph' };
  const ENTITIES =
    'query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on CustomizedVoiceJob { id voiceName } } }';
  const reference = (jobId = '') => ({ __typename: 'CustomizedVoiceJob', jobId });

  test('the schema of the subgraph', async () => {
    const { body } = await expectOneAnswer(gateway, { query: '{ _service { sdl } }' }, sending);
    expect(body).toContain('@key');
  });

  test('known and unknown entities', async () => {
    const of = [
      reference(jobIds[0]),
      reference('unknown'),
      { __typename: 'CustomizedVoiceJob', id: globalIdOf(jobIds[1] ?? '') },
    ];
    const { body } = await expectOneAnswer(gateway, { query: ENTITIES, variables: { of } }, sending);
    expect(body).toMatch(/^\{"data":\{"_entities":\[\{.*\},null,\{.*\}\]\}\}$/);
  });

  test('a malformed representation', async () => {
    const of = [reference(jobIds[0]), { __typename: 'Voice' }];
    const { body } = await expectOneAnswer(gateway, { query: ENTITIES, variables: { of } }, sending);
    expect(body).toMatchObject({ data: { _entities: [{}, null] }, errors: [{ path: ['_entities', 1] }] });
  });

  test('a page of jobs', async () => {
    const query =
      '{ customizedVoiceJobs(type: STANDARD, last: 2) { pageInfo { startCursor } nodes { id } } }';
    await expectOneAnswer(gateway, { query }, sending);
  });
});
