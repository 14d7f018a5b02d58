import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { JOB_TYPES } from '../upstream/ims.ts';
import { GENDERS, JOB_STATUSES, SCENARIOS, VoiceJob } from './job.ts';
import type { Row, Span } from './span.ts';

/** By which other versions of this program leave what they cannot read alone. To be raised with each change below. */
export const COMPACT_VERSION = 1;

/** The least effort: more saves a tenth of the bytes and takes three times as long. */
const LEVEL = 1;

/** Texts as they are, enums as their places in the list, null where there is nothing. */
type CompactJob = readonly (string | number | null)[];

/** What of a span is the same for every reader. */
export type CompactSpan = Pick<Span, 'start' | 'total' | 'last' | 'rows'>;

/** A span in a fifth of the bytes that it came in. */
export function encodeSpan({ start, total, last, rows }: CompactSpan): Buffer {
  return encode([start, total, last ? 1 : 0, rows.map((row) => (row === undefined ? 0 : compact(row)))]);
}

/** Undefined for what {@link encodeSpan} did not write. */
export function decodeSpan(bytes: Buffer): CompactSpan | undefined {
  return decode(bytes, ([start, total, last, rows]) => ({
    start: start as number,
    total: total as number,
    last: last === 1,
    rows: (rows as (CompactJob | 0)[]).map((row): Row => (row === 0 ? undefined : expand(row))),
  }));
}

/** @param job null for one that does not exist */
export function encodeJob(job: VoiceJob | null): Buffer {
  return encode([job && compact(job)]);
}

/** Undefined for what {@link encodeJob} did not write. */
export function decodeJob(bytes: Buffer): { readonly job: VoiceJob | null } | undefined {
  return decode(bytes, ([job]) => ({ job: job === null ? null : expand(job as CompactJob) }));
}

function encode(value: readonly unknown[]): Buffer {
  return deflateRawSync(JSON.stringify(value), { level: LEVEL });
}

function decode<Value>(bytes: Buffer, read: (value: readonly unknown[]) => Value): Value | undefined {
  try {
    return read(JSON.parse(inflateRawSync(bytes).toString()));
  } catch {
    return undefined;
  }
}

function compact(job: VoiceJob): CompactJob {
  return [
    job.jobId,
    job.voiceId,
    placeIn(JOB_STATUSES, job.status),
    job.message,
    job.voiceName,
    job.voiceDesc,
    placeIn(JOB_TYPES, job.type),
    placeIn(GENDERS, job.gender),
    placeIn(SCENARIOS, job.scenario),
    job.createTime,
    job.gmtCreate,
  ];
}

function expand(compact: CompactJob): VoiceJob {
  const textAt = (index: number) => (compact[index] ?? null) as string | null;
  const valueAt = <Value>(values: readonly Value[], index: number) => {
    const place = compact[index];
    return typeof place === 'number' ? (values[place] ?? null) : null;
  };
  const jobId = textAt(0);
  if (typeof jobId !== 'string') throw new TypeError('a job without an id');
  return new VoiceJob({
    jobId,
    voiceId: textAt(1),
    status: valueAt(JOB_STATUSES, 2),
    message: textAt(3),
    voiceName: textAt(4),
    voiceDesc: textAt(5),
    type: valueAt(JOB_TYPES, 6),
    gender: valueAt(GENDERS, 7),
    scenario: valueAt(SCENARIOS, 8),
    createTime: textAt(9),
    gmtCreate: textAt(10),
  });
}

function placeIn<Value>(values: readonly Value[], value: Value | null): number | null {
  return value === null ? null : values.indexOf(value);
}
