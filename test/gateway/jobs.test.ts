import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway[Symbol.asyncDispose]());

const FIELDS =
  'jobId voiceId status rawStatus message voiceName voiceDesc type rawType gender scenario createTime gmtCreate';

const metric = async (name: string) => {
  const text = await (await fetch(`${gateway.origin}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(name));
};

test('the sample job of the vendor’s documentation is returned with every field as documented', async () => {
  const jobId = '2245ab99a7fd4116a4fd3f499b7a56c5';
  const sample = {
    jobId,
    voiceId: 'xiaozhuan',
    status: 'SUCCESS',
    rawStatus: 'Success',
    message: '',
    voiceName: '',
    voiceDesc: '',
    type: 'STANDARD',
    rawType: 'Standard',
    gender: 'FEMALE',
    scenario: 'STORY',
    createTime: '2023-04-01T06:23:59Z',
    gmtCreate: '2022-06-27T02:42:28Z',
  };
  const { data } = await gateway.ask(`{
    customizedVoiceJobs(type: STANDARD, first: 100) { nodes { ${FIELDS} } }
    customizedVoiceJob(jobId: "${jobId}") { ${FIELDS} }
  }`);
  expect(data.customizedVoiceJobs.nodes).toContainEqual(sample);
  expect(data.customizedVoiceJob).toMatchObject({ ...sample, gmtCreate: data.customizedVoiceJob.gmtCreate });
});

test('every listed job equals its upstream row', async () => {
  const { data } = await gateway.ask(`{ customizedVoiceJobs(first: 100) { nodes { ${FIELDS} } } }`);
  const rows = gateway.emulator.list('Basic').slice(0, 100);
  const states: Record<string, string> = {
    Initialization: 'INITIALIZATION',
    AudioDetecting: 'AUDIO_DETECTING',
    PreTraining: 'PRE_TRAINING',
    Training: 'TRAINING',
    Success: 'SUCCESS',
    Fail: 'FAIL',
  };
  expect(data.customizedVoiceJobs.nodes).toEqual(
    rows.map((row) => ({
      jobId: row.JobId,
      voiceId: row.VoiceId,
      status: states[row.Status],
      rawStatus: row.Status,
      message: row.Message,
      voiceName: row.VoiceName,
      voiceDesc: row.VoiceDesc,
      type: row.Type.toUpperCase(),
      rawType: row.Type,
      gender: row.Gender.toUpperCase(),
      scenario: row.Scenario.toUpperCase(),
      createTime: row.CreateTime,
      gmtCreate: row.GmtCreate,
    })),
  );
});

test('a job read by its id has no gmtCreate, and node returns the same job', async () => {
  const [row] = gateway.emulator.list('Basic');
  const { data } = await gateway.ask(`{ customizedVoiceJob(jobId: "${row?.JobId}") { id jobId gmtCreate } }`);
  expect(data.customizedVoiceJob).toMatchObject({ jobId: row?.JobId, gmtCreate: null });
  const again = await gateway.ask(
    'query ($id: ID!) { node(id: $id) { __typename id ... on CustomizedVoiceJob { jobId } } }',
    { id: data.customizedVoiceJob.id },
  );
  expect(again.data.node).toEqual({
    __typename: 'CustomizedVoiceJob',
    id: data.customizedVoiceJob.id,
    jobId: row?.JobId,
  });
});

test('a job that does not exist is null without an error', async () => {
  expect(await gateway.ask('{ customizedVoiceJob(jobId: "no-such-job") { jobId } }')).toEqual({
    data: { customizedVoiceJob: null },
  });
});

test('missing fields are null, empty fields stay empty, unknown enum values are null, counted, and logged once', async () => {
  gateway.emulator.rewritePage(({ rows }) => ({
    totalCount: 4,
    rows: [
      { JobId: 'bare' },
      { ...rows[0], JobId: 'empty', VoiceName: '', Message: '', Scenario: '', CreateTime: '' },
      { ...rows[0], JobId: 'new', Status: 'Archived', Gender: 'robot', Type: 'CosyVoice' },
      { ...rows[0], JobId: 'odd', VoiceName: 7, CreateTime: 'yesterday', Status: null },
    ],
  }));
  for (let request = 0; request < 2; request++) {
    const { data, errors } = await gateway.ask(`{ customizedVoiceJobs { nodes { ${FIELDS} } } }`);
    expect(errors).toBeUndefined();
    const [bare, empty, unknown, odd] = data.customizedVoiceJobs.nodes;
    expect(Object.values(bare)).toEqual(['bare', ...Array(12).fill(null)]);
    expect(empty).toMatchObject({ voiceName: '', message: '', scenario: null, createTime: null });
    expect(unknown).toMatchObject({ jobId: 'new', status: null, gender: null, type: null });
    expect(odd).toMatchObject({ jobId: 'odd', voiceName: null, createTime: null, status: null });
  }
  expect(await metric('voicejobs_upstream_unknown_enum_total{')).toEqual([
    'voicejobs_upstream_unknown_enum_total{field="Status"} 2',
    'voicejobs_upstream_unknown_enum_total{field="Type"} 2',
    'voicejobs_upstream_unknown_enum_total{field="Gender"} 2',
  ]);
  expect(gateway.logged.filter(({ value }) => value === 'Archived')).toHaveLength(1);
});

test('a row without JobId is dropped, counted and logged, and the other rows keep their offsets', async () => {
  gateway.emulator.rewritePage(({ rows, totalCount }) => ({
    totalCount,
    rows: rows.map((row, index) =>
      index === 1 ? { ...row, JobId: undefined } : index === 2 ? 'row' : row,
    ) as never,
  }));
  const truth = gateway.emulator.list('Basic').map(({ JobId }) => JobId);
  const { data } = await gateway.ask(
    '{ customizedVoiceJobs(first: 5) { nodes { jobId } pageInfo { endCursor } } }',
  );
  expect(data.customizedVoiceJobs.nodes).toEqual([0, 3, 4].map((at) => ({ jobId: truth[at] })));
  expect(await metric('voicejobs_upstream_dropped_rows_total{')).toEqual([
    'voicejobs_upstream_dropped_rows_total{reason="no JobId"} 1',
    'voicejobs_upstream_dropped_rows_total{reason="not an object"} 1',
  ]);
  gateway.emulator.rewritePage(null);
  const next = await gateway.ask(
    'query ($after: String) { customizedVoiceJobs(first: 1, after: $after) { nodes { jobId } } }',
    {
      after: data.customizedVoiceJobs.pageInfo.endCursor,
    },
  );
  expect(next.data.customizedVoiceJobs.nodes).toEqual([{ jobId: truth[5] }]);
});
