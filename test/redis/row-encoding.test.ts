import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import type { SharedPage } from '../../src/paging/page-codec.ts';
import { ImsClient } from '../../src/upstream/ims.ts';
import { GENDERS, JOB_STATUSES, JOB_TYPES, SCENARIOS, VoiceJob } from '../../src/voice-jobs/job.ts';
import { JOB_LISTS, jobSource } from '../../src/voice-jobs/job-list.ts';
import { rpcTo } from '../rpc-to.ts';
import { fc, runs } from '../runs.ts';
import { unobserved } from '../unobserved.ts';

const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 200 }));
const oneOf = <Value>(values: readonly Value[]) => fc.option(fc.constantFrom(...values));
const time = fc.option(fc.constantFrom('2025-06-01T12:00:00Z', '2024-02-29T23:59:59+08:00'));

const job = fc
  .record({
    jobId: fc.string({ minLength: 1 }),
    voiceId: text,
    rawStatus: fc.oneof(oneOf(JOB_STATUSES), text),
    message: text,
    voiceName: text,
    voiceDesc: text,
    rawType: fc.oneof(oneOf(JOB_TYPES), text),
    gender: oneOf(GENDERS),
    scenario: oneOf(SCENARIOS),
    createTime: time,
    gmtCreate: time,
  })
  .map((fields) => new VoiceJob(fields));

const span: fc.Arbitrary<SharedPage<VoiceJob>> = fc.record({
  start: fc.nat(1_000_000),
  total: fc.nat(1_000_000),
  last: fc.boolean(),
  rows: fc.array(fc.option(job, { nil: undefined }), { maxLength: 100 }),
});

const { codec } = JOB_LISTS;

/** Only the fields, without computed properties. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value, (_, field) => field ?? null));

test('a page survives encoding and decoding, unusable rows included', () => {
  fc.assert(
    fc.property(span, (page) => {
      expect(plain(codec.decodePage(codec.encodePage(page)))).toEqual(plain(page));
    }),
    { numRuns: runs(100) },
  );
});

test('a job survives encoding and decoding, and a missing job is null', () => {
  fc.assert(
    fc.property(fc.option(job), (known) => {
      expect(plain(codec.decodeRow(codec.encodeRow(known)))).toEqual(plain({ row: known }));
    }),
  );
});

test('a value of an enum takes one digit, and only a value unknown to the schema takes its text', () => {
  const rowOf = (rawStatus: string, rawType: string) => {
    const row = new VoiceJob({ ...NOTHING, jobId: 'a', rawStatus, rawType });
    return JSON.parse(inflateRawSync(codec.encodeRow(row)).toString())[0];
  };
  expect(rowOf('Training', 'Basic')).toEqual(['a', null, 3, null, null, null, 0, null, null, null, null]);
  expect(rowOf('CosyVoiceTraining', '')).toEqual([
    ...['a', null, 'CosyVoiceTraining', null, null, null],
    ...['', null, null, null, null],
  ]);
});

test('a decoder returns undefined for input that no encoder wrote', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(codec.decodePage(Buffer.from(bytes))).toBeUndefined();
      expect(codec.decodeRow(Buffer.from(bytes))).toBeUndefined();
    }),
  );
});

describe.each(JOB_TYPES)('an encoded page of 100 rows of the %s list', (type) => {
  test('is a quarter of the size of the upstream’s response', async () => {
    const emulator = await startEmulator({ stepMs: 0, standardCount: 200 });
    using rpc = rpcTo(emulator, unobserved);
    const ims = new ImsClient(rpc);
    const { rows } = await ims.page(JOB_LISTS, type, 1, 100);
    const page = await jobSource(ims, unobserved).page(type, { pageNo: 1, pageSize: 100 });
    expect(page.rows).toHaveLength(100);
    expect(codec.encodePage(page).length).toBeLessThan(Buffer.byteLength(JSON.stringify(rows)) / 4);
    await emulator.close();
  });
});

test('no page is larger than the upstream’s JSON, whatever texts it contains', () => {
  const noise = fc.string({ unit: 'binary', minLength: 100, maxLength: 300 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ JobId: noise, VoiceName: noise, VoiceDesc: noise, Message: noise }), {
        minLength: 1,
      }),
      (rows) => {
        const jobs = rows.map(
          ({ JobId, VoiceName, VoiceDesc, Message }) =>
            new VoiceJob({
              ...NOTHING,
              jobId: JobId,
              voiceName: VoiceName,
              voiceDesc: VoiceDesc,
              message: Message,
            }),
        );
        const bytes = codec.encodePage({ start: 0, total: rows.length, last: true, rows: jobs });
        expect(bytes.length).toBeLessThanOrEqual(Buffer.byteLength(JSON.stringify(rows)));
      },
    ),
    { numRuns: runs(100) },
  );
});

const NOTHING = {
  voiceId: null,
  message: null,
  voiceName: null,
  voiceDesc: null,
  rawStatus: null,
  rawType: null,
  gender: null,
  scenario: null,
  createTime: null,
  gmtCreate: null,
};
