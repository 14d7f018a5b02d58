import { describe, expect, test } from 'vitest';
import { type JobFields, VoiceJob } from '../../src/voice-jobs/job.ts';
import { foldCase, type JobFilterInput, readJobFilter } from '../../src/voice-jobs/job-filter.ts';
import { fc, runs } from '../runs.ts';

const job = (fields: Partial<JobFields>) =>
  new VoiceJob({
    jobId: 'job-1',
    voiceId: null,
    rawStatus: null,
    message: null,
    voiceName: null,
    voiceDesc: null,
    rawType: null,
    gender: null,
    scenario: null,
    createTime: null,
    gmtCreate: null,
    ...fields,
  });

const finds = (text: string, fields: Partial<JobFields>) => readJobFilter({ text }).matches(job(fields));

describe('the text of a filter is found', () => {
  test.each([
    ['Chinese, in the middle', '前故', '睡前故事'],
    ['ASCII in any case', 'wARM nARR', 'Warm Narrator'],
    ['accents in any case', 'zOË', 'Zoë'],
    ['accents that are written as marks of their own', 'zoe\u0308', 'Zoë'],
    ['full width letters', 'ＡＮＮＡ', 'Anna'],
    ['half width katakana', 'ﾅﾚｰﾀｰ', 'ナレーター'],
    ['Hangul in jamo', '\u1112\u1161\u11ab', '한국어'],
    ['Cyrillic in any case', 'ДИКТОР', 'диктор'],
    ['Greek, whose sigma has another form at the end', 'ΟΔΟΣ', 'οδος και δρόμος'],
    ['a final sigma in the middle of a word', 'οδος', 'ΟΔΟΣΣΑ'],
    ['ss for ß', 'STRASSE', 'Straße'],
    ['ß for ss', 'straße', 'STRASSE'],
    ['ß for the capital ẞ', 'groß', 'GROẞ'],
    ['i for the Turkish İ', 'istanbul', 'İSTANBUL'],
    ['I for the Turkish ı', 'ISPARTA', 'ısparta'],
    ['a ligature', 'OFFICE', 'oﬃce'],
    ['an emoji', '🎙️', 'voice 🎙️'],
    ['Arabic', 'صوت', 'الصوت'],
    ['white space as it is', 'a  b', 'A  B'],
  ])('%s', (_, text, voiceName) => {
    expect(finds(text, { voiceName })).toBe(true);
    expect(finds(text, { voiceName: `before ${voiceName} after` })).toBe(true);
    expect(finds(text, { voiceName: 'another' })).toBe(false);
  });

  test.each(['voiceName', 'voiceDesc', 'voiceId', 'jobId', 'message'] as const)('in %s', (field) => {
    expect(finds('NEEDLE', { [field]: 'a needle here' })).toBe(true);
  });

  test('in no other field, and not across two fields', () => {
    expect(finds('success', { rawStatus: 'Success' })).toBe(false);
    expect(finds('2023', { createTime: '2023-04-01T06:23:59Z' })).toBe(false);
    expect(finds('ab', { voiceName: 'a', voiceDesc: 'b' })).toBe(false);
    expect(finds('\u{10000}', { voiceName: 'a', voiceDesc: '\udc00' })).toBe(false);
  });
});

test.each(['.*', '%', '_', '*', '?', '[a-z]', '\\w', '^', '$'])(
  '%s is matched literally, not as a pattern',
  (text) => {
    expect(finds(text, { voiceName: 'warm narrator' })).toBe(false);
    expect(finds(text, { voiceName: `warm ${text} narrator` })).toBe(true);
  },
);

test('text comparison distinguishes accents', () => {
  expect(finds('zoe', { voiceName: 'Zoë' })).toBe(false);
});

test('text comparison ignores the case of every character, in all its forms', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (text) => {
      const folded = foldCase(text);
      expect(foldCase(text.toUpperCase())).toBe(folded);
      expect(foldCase(text.toLowerCase())).toBe(folded);
      expect(foldCase(text.normalize('NFKD'))).toBe(folded);
    }),
    { numRuns: runs(1000) },
  );
});

test('equivalent filters have equal keys, and different filters different ones', () => {
  const key = (input: JobFilterInput) => readJobFilter(input).key;
  expect(key({ text: 'Zoë', status: ['Fail', 'Success', 'Fail'] })).toBe(
    key({ text: 'ZOE\u0308', status: ['Success', 'Fail'], gender: null }),
  );
  expect(key({ createdFrom: '2023-04-01T06:23:59Z' })).toBe(
    key({ createdFrom: '2023-04-01t14:23:59.000+08:00' }),
  );
  const different: JobFilterInput[] = [
    {},
    { text: 'a' },
    { text: 'b' },
    { status: [] },
    { gender: [] },
    { status: ['Fail'] },
    { createdFrom: '2023-04-01T06:23:59Z' },
    { createdBefore: '2023-04-01T06:23:59Z' },
  ];
  expect(new Set(different.map(key)).size).toBe(different.length);
});

test('times are compared as instants, from inclusive and before exclusive, to the millisecond', () => {
  const at = (createTime: string | null, input: JobFilterInput) =>
    readJobFilter(input).matches(job({ createTime }));
  const noon = '2023-04-01T12:00:00Z';
  expect(at(noon, { createdFrom: noon })).toBe(true);
  expect(at(noon, { createdBefore: noon })).toBe(false);
  expect(
    at(noon, { createdFrom: '2023-04-01T20:00:00+08:00', createdBefore: '2023-04-01T12:00:00.001Z' }),
  ).toBe(true);
  expect(at(noon, { createdFrom: '2023-04-01T12:00:00.0001Z' })).toBe(false);
  expect(at(noon, { createdBefore: '2023-04-01T12:00:00.0001Z' })).toBe(true);
  expect(at('2023-04-01T12:00:00.5Z', { createdFrom: '2023-04-01T12:00:00.4Z' })).toBe(true);
  // A job without a time is neither before nor after any time.
  expect(at(null, { createdFrom: '1970-01-01T00:00:00Z' })).toBe(false);
  expect(at(null, { createdBefore: '2970-01-01T00:00:00Z' })).toBe(false);
  expect(at(null, {})).toBe(true);
});
