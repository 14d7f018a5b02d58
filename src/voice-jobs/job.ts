import type { Observer } from '../observer.ts';
import { JOB_TYPES, type JobType, type WireJob } from '../upstream/ims.ts';
import { secondsOf } from './time.ts';

/** States of a job in the order it goes through them; the last two are final. */
export const JOB_STATUSES = [
  'Initialization',
  'AudioDetecting',
  'PreTraining',
  'Training',
  'Success',
  'Fail',
] as const;
export const GENDERS = ['female', 'male'] as const;
export const SCENARIOS = ['story', 'interaction', 'navigation'] as const;

/**
 * A voice cloning job as we know it. A field that the upstream left out is null, an empty text stays empty; a value
 * outside an enum, or of the wrong type, is null and told to the observer.
 */
export interface VoiceJob {
  readonly jobId: string;
  readonly voiceId: string | null;
  readonly status: (typeof JOB_STATUSES)[number] | null;
  readonly message: string | null;
  readonly voiceName: string | null;
  readonly voiceDesc: string | null;
  readonly type: JobType | null;
  readonly gender: (typeof GENDERS)[number] | null;
  readonly scenario: (typeof SCENARIOS)[number] | null;
  /** RFC 3339, as the upstream wrote it. */
  readonly createTime: string | null;
  /** RFC 3339, as the upstream wrote it; only listed rows have it. */
  readonly gmtCreate: string | null;
}

/** Whether the job has come to its end, so that it changes no more. */
export function isFinal({ status }: VoiceJob): boolean {
  return status === 'Success' || status === 'Fail';
}

/** A row as a job; undefined, and told to the observer, when it has no id to be known by. */
export function parseJob(row: WireJob | undefined, observer: Observer): VoiceJob | undefined {
  if (row === undefined) {
    observer.droppedRow('not an object');
    return undefined;
  }
  const jobId = row.JobId;
  if (typeof jobId !== 'string' || jobId === '') {
    observer.droppedRow('no JobId');
    return undefined;
  }
  const text = (field: string) => readText(row, field, observer);
  const oneOf = <Value extends string>(field: string, values: readonly Value[]) =>
    readEnum(row, field, values, observer);
  return {
    jobId,
    voiceId: text('VoiceId'),
    status: oneOf('Status', JOB_STATUSES),
    message: text('Message'),
    voiceName: text('VoiceName'),
    voiceDesc: text('VoiceDesc'),
    type: oneOf('Type', JOB_TYPES),
    gender: oneOf('Gender', GENDERS),
    scenario: oneOf('Scenario', SCENARIOS),
    createTime: readTime(row, 'CreateTime', observer),
    gmtCreate: readTime(row, 'GmtCreate', observer),
  };
}

function readText(row: WireJob, field: string, observer: Observer): string | null {
  const value = row[field];
  if (typeof value === 'string') return value;
  if (value !== undefined && value !== null) observer.malformedField(field);
  return null;
}

/** An empty text is how the upstream says that an enum does not apply, as `Scenario` on Standard jobs. */
function readEnum<Value extends string>(
  row: WireJob,
  field: string,
  values: readonly Value[],
  observer: Observer,
): Value | null {
  const value = readText(row, field, observer);
  if (value === null || value === '') return null;
  if ((values as readonly string[]).includes(value)) return value as Value;
  observer.unknownEnumValue(field, value);
  return null;
}

function readTime(row: WireJob, field: string, observer: Observer): string | null {
  const value = readText(row, field, observer);
  if (value === null || value === '') return null;
  if (secondsOf(value) !== undefined) return value;
  observer.malformedField(field);
  return null;
}
