import { describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { headText, responseText } from './http-text.ts';
import { startFronted } from './run-case.ts';

const ASK = `{ customizedVoiceJobs(first: 3) {
  totalCount pageInfo { hasNextPage }
  nodes { jobId voiceId status rawStatus message voiceName voiceDesc type rawType gender scenario createTime gmtCreate }
} }`;

const NOTHING = {
  voiceId: null,
  status: null,
  rawStatus: null,
  message: null,
  voiceName: null,
  voiceDesc: null,
  type: null,
  rawType: null,
  gender: null,
  scenario: null,
  createTime: null,
  gmtCreate: null,
};

const pageOf = (rows: readonly unknown[], more: object = { TotalCount: rows.length }) =>
  JSON.stringify({ RequestId: 'R-1', Success: true, Data: { ...more, CustomizedVoiceJobList: rows } });

const [ROW, SEEN] = [
  { JobId: 'a', VoiceName: '睡前故事 é', Status: 'Success' },
  { ...NOTHING, jobId: 'a', voiceName: '睡前故事 é', status: 'SUCCESS', rawStatus: 'Success' },
];

/** Every field of a row except its id has the wrong type. */
const MALFORMED = {
  JobId: 'b',
  VoiceId: 7,
  Status: { Success: true },
  Message: ['words'],
  VoiceName: false,
  VoiceDesc: 1.5,
  Type: 0,
  Gender: [],
  Scenario: {},
  CreateTime: 1_700_000_000,
  GmtCreate: 'yesterday',
};

/** [title, upstream page, total and rows for callers] */
const PAGES: [title: string, text: string, total: number, rows: unknown[]][] = [
  ['whose total is missing', pageOf([ROW], {}), 1, [SEEN]],
  ['whose total is null', pageOf([ROW], { TotalCount: null }), 1, [SEEN]],
  ['whose total is written as digits in a text', pageOf([ROW], { TotalCount: '1' }), 1, [SEEN]],
  ['whose total has zeros in front', pageOf([ROW], { TotalCount: '0001' }), 1, [SEEN]],
  ['with null for rows', '{"Success":true,"Data":{"TotalCount":0,"CustomizedVoiceJobList":null}}', 0, []],
  ['with fields of wrong types', pageOf([MALFORMED]), 1, [{ ...NOTHING, jobId: 'b' }]],
  ['with rows that are none', pageOf([null, 7, 'row'], { TotalCount: 3 }), 3, []],
  ['with a row without an id', pageOf([{ ...ROW, JobId: null }, ROW], { TotalCount: 2 }), 2, [SEEN]],
  ['with an id that is a number', pageOf([{ ...ROW, JobId: 12 }, ROW], { TotalCount: 2 }), 2, [SEEN]],
  ['with a row that stands twice', pageOf([ROW, ROW], { TotalCount: 2 }), 2, [SEEN]],
  [
    'with unknown enum values',
    pageOf([{ ...ROW, Status: 'Dreaming', Gender: 'FEMALE' }]),
    1,
    [{ ...SEEN, status: null, rawStatus: 'Dreaming' }],
  ],
  [
    'with fields nobody knows',
    pageOf([{ ...ROW, __proto__: { x: 1 }, constructor: 7, Secret: 'x' }]),
    1,
    [SEEN],
  ],
  [
    'with a huge row',
    pageOf([{ ...ROW, Message: '声'.repeat(1_000_000) }]),
    1,
    [{ ...SEEN, message: '声'.repeat(1_000_000) }],
  ],
];

describe('an unusual but valid page:', () => {
  test.concurrent.each(PAGES)('%s', async (_title, text, total, nodes) => {
    await using gateway = await startFronted({ deadlineMs: 60_000 });
    const fault: Fault = { kind: 'body', status: 200, contentType: 'application/json', text };
    gateway.emulator.fault(fault);
    expect(await gateway.ask(ASK)).toEqual({
      data: { customizedVoiceJobs: { totalCount: total, pageInfo: { hasNextPage: false }, nodes } },
    });
  });
});

const TEXT = pageOf([ROW]);
const chunk = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

/** Byte by byte, so that characters and numbers are split everywhere. */
const CHUNKS = Buffer.concat([...Buffer.from(TEXT)].map((byte) => chunk(Buffer.of(byte))));

/** Unusual encodings of the same page. */
const WAYS: [title: string, bytes: Buffer, ends: boolean][] = [
  ['with a byte order mark', responseText(`\ufeff${TEXT}`), false],
  [
    'as another charset, which it is not',
    responseText(TEXT, { 'content-type': 'application/json; charset=gbk' }),
    false,
  ],
  ['as a picture', responseText(TEXT, { 'content-type': 'image/png' }), false],
  ['with blanks around it', responseText(`\r\n\t ${TEXT}\n\n`), false],
  [
    'in chunks of a byte',
    Buffer.concat([
      Buffer.from(headText({ 'transfer-encoding': 'chunked' })),
      CHUNKS,
      Buffer.from('0\r\n\r\n'),
    ]),
    false,
  ],
  [
    'in chunks with trailers',
    Buffer.concat([
      Buffer.from(headText({ 'transfer-encoding': 'chunked' })),
      chunk(Buffer.from(TEXT)),
      Buffer.from('0\r\nx-trailer: y\r\n\r\n'),
    ]),
    false,
  ],
  ['until the connection ends', Buffer.from(headText({}) + TEXT), true],
  ['by HTTP/1.0', Buffer.from(`HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${TEXT}`), true],
];

describe('a page in an unusual encoding:', () => {
  test.concurrent.each(WAYS)('%s', async (_title, bytes, ends) => {
    await using gateway = await startFronted({ deadlineMs: 60_000 });
    gateway.front.handler = ({ socket }) => {
      socket.write(bytes);
      if (ends) socket.end();
    };
    const { data, errors } = await gateway.ask(ASK);
    expect(errors).toBeUndefined();
    expect(data.customizedVoiceJobs.nodes).toEqual([SEEN]);
    gateway.front.handler = undefined;
    expect((await gateway.ask(ASK)).data.customizedVoiceJobs.nodes).toHaveLength(3);
  });
});

test('bytes that are not valid UTF-8 affect only their own field', async () => {
  await using gateway = await startFronted({ deadlineMs: 60_000 });
  const [before = '', after = ''] = pageOf([{ ...ROW, VoiceName: '*' }]).split('*');
  const body = Buffer.concat([Buffer.from(before), Buffer.from([0xcb, 0xaf, 0xff]), Buffer.from(after)]);
  gateway.front.handler = ({ socket }) => socket.write(responseText(body));
  const { data } = await gateway.ask(ASK);
  expect(data.customizedVoiceJobs.nodes).toEqual([{ ...SEEN, voiceName: expect.stringContaining('\ufffd') }]);
});
