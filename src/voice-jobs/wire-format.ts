import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { MAX_PAGE_SIZE } from '../paging/cover.ts';
import type { RowRange } from '../paging/row-range.ts';
import { isTotal } from '../upstream/ims.ts';
import { MAX_BODY_BYTES } from '../upstream/rpc.ts';
import { isJobFields, JOB_FIELDS, VoiceJob } from './job.ts';

/** Part of every key, so that other versions of this program do not read it. To be raised with each change below. */
export const WIRE_VERSION = 1;

/** Fastest: level 6 saves a tenth of the bytes and takes three times as long. */
const LEVEL = 1;

/** Largest decoded value, in bytes: none is larger than a response of the upstream, but a few kB can inflate to GB. */
const MAX_DECODED_BYTES = MAX_BODY_BYTES;

/** Texts as they are, enums as their index, null as null. */
type CompactJob = readonly (string | number | null)[];

/** A page without its times, which are shared beside it. */
export type SharedPage = Pick<RowRange<VoiceJob>, 'start' | 'total' | 'last' | 'rows'>;

/** A page in a fifth of the bytes of the upstream's response. */
export function encodePage({ start, total, last, rows }: SharedPage): Buffer {
  return encode([start, total, last ? 1 : 0, rows.map((row) => (row === undefined ? 0 : compact(row)))]);
}

/** Undefined for what {@link encodePage} did not write. */
export function decodePage(bytes: Buffer): SharedPage | undefined {
  return decode(bytes, ([start, total, last, rows]) => {
    if (!isTotal(start) || !isTotal(total) || (last !== 0 && last !== 1))
      throw new TypeError('no place in a list');
    if (!Array.isArray(rows) || rows.length > MAX_PAGE_SIZE) throw new TypeError('no rows of a page');
    return {
      start,
      total,
      last: last === 1,
      rows: rows.map((row: unknown) => (row === 0 ? undefined : expand(row))),
    };
  });
}

/** @param job null for one that does not exist */
export function encodeJob(job: VoiceJob | null): Buffer {
  return encode([job && compact(job)]);
}

/** Undefined for what {@link encodeJob} did not write. */
export function decodeJob(bytes: Buffer): { readonly job: VoiceJob | null } | undefined {
  return decode(bytes, ([job]) => ({ job: job === null ? null : expand(job) }));
}

function encode(value: readonly unknown[]): Buffer {
  return deflateRawSync(JSON.stringify(value), { level: LEVEL });
}

function decode<Value>(bytes: Buffer, read: (value: readonly unknown[]) => Value): Value | undefined {
  try {
    const value: unknown = JSON.parse(
      inflateRawSync(bytes, { maxOutputLength: MAX_DECODED_BYTES }).toString(),
    );
    return Array.isArray(value) ? read(value) : undefined;
  } catch {
    return undefined;
  }
}

function compact(job: VoiceJob): CompactJob {
  return JOB_FIELDS.map(([name, values]) => {
    const value = job[name];
    return value === null || values === undefined ? value : values.indexOf(value);
  });
}

/** @throws TypeError for what {@link compact} did not write */
function expand(compact: unknown): VoiceJob {
  if (!Array.isArray(compact)) throw new TypeError('no job');
  const entries = JOB_FIELDS.map(([name, values], index) => {
    const value: unknown = compact[index];
    if (values === undefined || value === null) return [name, value] as const;
    return [name, typeof value === 'number' ? values[value] : undefined] as const;
  });
  const fields: unknown = Object.fromEntries(entries);
  if (!isJobFields(fields)) throw new TypeError('fields of another kind');
  return new VoiceJob(fields);
}
