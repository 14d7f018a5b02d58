import { describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';
import { startReceiver } from '../telemetry/otlp-receiver.ts';

const LIST = '{ customizedVoiceJobs(first: 3) { totalCount nodes { jobId } } }';
const TOTAL_OF_ALL = '{ customizedVoiceJobs(type: ALL, first: 3) { totalCount nodes { jobId } } }';
const GET = '{ customizedVoiceJob(jobId: "asked-for") { jobId status } }';

const listOf = (data: string) => `{"RequestId":"R-1","Success":true,"Data":${data}}`;

/** Longer than what the log may quote. */
const FOREIGN = 'words-of-the-upstream';

/** [title, query, response body, detail in the log] */
const CASES: [title: string, query: string, text: string, detail: string][] = [
  [
    'a list without Data',
    LIST,
    '{"RequestId":"R-1","Success":true}',
    'Data holds nothing, expected an object',
  ],
  ['a list with null as Data', LIST, listOf('null'), 'Data holds null, expected an object'],
  [
    'a list with a text as Data',
    LIST,
    listOf(`"${FOREIGN}"`),
    'Data holds "words-of-the"…, expected an object',
  ],
  ['a list with a list as Data', LIST, listOf('[1,2]'), 'Data holds a list of 2, expected an object'],
  ['empty Data', LIST, listOf('{}'), 'Data.CustomizedVoiceJobList holds nothing, expected a list'],
  [
    'a total without its rows',
    LIST,
    listOf('{"TotalCount":2}'),
    'Data.CustomizedVoiceJobList holds nothing, expected a list',
  ],
  [
    'an object in place of the rows',
    LIST,
    listOf('{"TotalCount":1,"CustomizedVoiceJobList":{}}'),
    'Data.CustomizedVoiceJobList holds an object, expected a list',
  ],
  [
    'more rows than were asked for',
    LIST,
    listOf('{"TotalCount":9,"CustomizedVoiceJobList":[{},{},{},{}]}'),
    'Data.CustomizedVoiceJobList holds a list of 4, expected 3 rows at most, as requested',
  ],
  ...(
    [
      ['a word', `"${FOREIGN}"`, '"words-of-the"…'],
      ['a negative number', '-1', '-1'],
      ['half a job', '0.5', '0.5'],
      ['more than a cursor can count', '1073741824', '1073741824'],
      ['more than GraphQL’s Int', '2147483648', '2147483648'],
      ['more than GraphQL’s Int in a text', '"99999999999"', '"99999999999"'],
      ['more digits than a number has', `"${'9'.repeat(40)}"`, '"999999999999"…'],
      ['more than a number can hold', '1e999', 'Infinity'],
      ['a number in hexadecimal digits', '"0x10"', '"0x10"'],
      ['true', 'true', 'true'],
      ['a list', '[5]', 'a list of 1'],
      ['an object', '{"a":5}', 'an object'],
    ] as const
  ).flatMap(([title, written, held]): (typeof CASES)[number][] => {
    const detail = `Data.TotalCount holds ${held}, expected a whole number from 0 to 1073741823`;
    return [
      [
        `a total that is ${title}`,
        LIST,
        listOf(`{"TotalCount":${written},"CustomizedVoiceJobList":[]}`),
        detail,
      ],
      [`a total that is ${title}, without rows`, LIST, listOf(`{"TotalCount":${written}}`), detail],
    ];
  }),
  [
    'a list that was not found',
    LIST,
    '{"RequestId":"R-1","Code":"ResourceNotFound"}',
    'not-found error for a list: ResourceNotFound, HTTP 200',
  ],
  ['a job without Data', GET, '{"RequestId":"R-1","Success":true}', 'Data holds nothing, expected an object'],
  ['a job with null as Data', GET, listOf('null'), 'Data holds null, expected an object'],
  ['a job with a number as Data', GET, listOf('7'), 'Data holds 7, expected an object'],
  [
    'a text in place of a job',
    GET,
    listOf(`{"CustomizedVoiceJob":"${FOREIGN}"}`),
    'Data.CustomizedVoiceJob holds "words-of-the"…, expected an object',
  ],
  [
    'a list in place of a job',
    GET,
    listOf('{"CustomizedVoiceJob":[{"JobId":"asked-for"}]}'),
    'Data.CustomizedVoiceJob holds a list of 1, expected an object',
  ],
  [
    'a job of another id',
    GET,
    listOf(`{"CustomizedVoiceJob":{"JobId":"${FOREIGN}"}}`),
    'Data.CustomizedVoiceJob.JobId holds "words-of-the"…, expected the requested id',
  ],
  [
    'a body that is no JSON',
    LIST,
    `<p>${FOREIGN}`,
    'body holds "<p>words-of-"…, expected a JSON object, HTTP 200',
  ],
  [
    'neither success nor an error',
    LIST,
    `{"RequestId":"R-1","Success":"${FOREIGN}"}`,
    'Success holds "words-of-the"…, expected true, HTTP 200',
  ],
];

describe('an unreadable response is UPSTREAM_BAD_RESPONSE for the caller, in the log, the metrics and the trace:', () => {
  test.concurrent.each(CASES)('%s', async (_title, query, text, detail) => {
    await using collector = await startReceiver();
    await using gateway = await startGateway({ gateway: { otlpEndpoint: collector.endpoint } });
    answerWith(gateway, text);
    const { data, errors } = await gateway.ask(query);
    expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_BAD_RESPONSE']);
    expect(JSON.stringify(errors)).not.toContain(FOREIGN.slice(0, 5));

    const failed = gateway.logged.filter(({ msg }) => msg === 'upstream call failed');
    expect(failed.map(({ outcome, detail }) => [outcome, detail])).toEqual([
      ['UPSTREAM_BAD_RESPONSE', detail],
    ]);
    expect(JSON.stringify(gateway.logged)).not.toContain(FOREIGN);
    if (text.includes('R-1')) {
      expect(errors?.[0]?.extensions.upstreamRequestId).toBe('R-1');
      expect(failed[0]?.upstreamRequestId).toBe('R-1');
    }

    const metrics = await metricsOf(gateway.origin);
    for (const name of ['voicejobs_upstream_calls_total', 'voicejobs_upstream_attempts_total']) {
      expect(metrics.sum(name, { outcome: 'UPSTREAM_BAD_RESPONSE' }), name).toBe(1);
      expect(metrics.sum(name), name).toBe(1);
    }

    const action = query === GET ? 'GetCustomizedVoiceJob' : 'ListCustomizedVoiceJobs';
    const [span] = await collector.named(action);
    expect(span?.attributes['error.type']).toBe('UPSTREAM_BAD_RESPONSE');
    expect(span?.attributes['upstream.detail']).toBe(detail);
    expect(span?.isError).toBe(true);
  });
});

test('regression: a total of 2147483647 made the sum of both lists an internal error', async () => {
  await using gateway = await startGateway();
  answerWith(gateway, listOf('{"TotalCount":1073741823,"CustomizedVoiceJobList":[]}'));
  const { data, errors } = await gateway.ask(TOTAL_OF_ALL);
  expect(errors).toBeUndefined();
  expect(data.customizedVoiceJobs.totalCount).toBe(2_147_483_646);
  answerWith(gateway, listOf('{"TotalCount":2147483647,"CustomizedVoiceJobList":[]}'));
  const failed = await gateway.ask(TOTAL_OF_ALL);
  expect(new Set(failed.errors?.map(({ extensions }) => extensions.code))).toEqual(
    new Set(['UPSTREAM_BAD_RESPONSE']),
  );
});

test('a page beyond the last row may omit its list', async () => {
  await using gateway = await startGateway();
  answerWith(gateway, listOf('{"TotalCount":0}'));
  const { data, errors } = await gateway.ask(LIST);
  expect(errors).toBeUndefined();
  expect(data.customizedVoiceJobs).toEqual({ totalCount: 0, nodes: [] });
});

test('Data without a job means that the job does not exist', async () => {
  await using gateway = await startGateway();
  for (const data of ['{}', '{"CustomizedVoiceJob":null}']) {
    answerWith(gateway, listOf(data));
    expect(await gateway.ask(GET)).toEqual({ data: { customizedVoiceJob: null } });
  }
});

test('dropped fields and rows are logged with the first twelve characters of their values', async () => {
  await using gateway = await startGateway();
  const rows = [{ JobId: 'a', VoiceId: 7, CreateTime: FOREIGN, Gender: ['x'] }, FOREIGN, { JobId: 12 }];
  answerWith(gateway, listOf(JSON.stringify({ TotalCount: 3, CustomizedVoiceJobList: rows })));
  await gateway.ask('{ customizedVoiceJobs(first: 3) { nodes { jobId voiceId createTime gender } } }');
  const linesOf = (text: string) => gateway.logged.filter(({ msg }) => String(msg).startsWith(text));
  expect(linesOf('upstream field of the wrong type').map(({ field, held }) => [field, held])).toEqual([
    ['VoiceId', '7'],
    ['Gender', 'a list of 1'],
    ['CreateTime', '"words-of-the"…'],
  ]);
  expect(linesOf('unreadable upstream row dropped').map(({ reason, held }) => [reason, held])).toEqual([
    ['not an object', '"words-of-the"…'],
    ['no JobId', '12'],
  ]);
});

test('an undocumented error code is logged once', async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({ kind: 'error', code: 'NeverHeardOf', status: 403 });
  for (let asked = 0; asked < 3; asked++) {
    const { errors } = await gateway.ask(LIST);
    expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_DENIED');
  }
  const lines = gateway.logged.filter(({ msg }) =>
    String(msg).startsWith('undocumented upstream error code'),
  );
  expect(lines.map(({ code, status }) => [code, status])).toEqual([['NeverHeardOf', 403]]);
});

test('throttling with HTTP 403 lowers the rate', async () => {
  await using gateway = await startGateway({ gateway: { maxRequestsPerSecond: 50 } });
  await gateway.ask(LIST);
  gateway.emulator.fault({ kind: 'error', code: 'RequestsTooFrequent', status: 403 }, { times: 1 });
  expect((await gateway.ask(LIST)).errors).toBeUndefined();
  const metrics = await metricsOf(gateway.origin);
  expect(metrics.sum('voicejobs_upstream_rate_limit_decreases_total')).toBe(1);
  expect(metrics.sum('voicejobs_upstream_rate_limit_requests_per_second')).toBeLessThan(50);
  expect(metrics.sum('voicejobs_upstream_attempts_total', { outcome: 'UPSTREAM_THROTTLED' })).toBe(1);
});

function answerWith({ emulator }: GatewayUnderTest, text: string): void {
  emulator.clearFaults();
  emulator.fault({ kind: 'body', status: 200, contentType: 'application/json', text });
}
