import { memoize } from '../cache/memoize.ts';
import type { Observer } from '../observer.ts';
import type { ListRow } from '../paging/row-range.ts';
import type { WireRow } from '../upstream/ims.ts';
import {
  knownValue,
  type RowFields,
  readEnum,
  readEnumText,
  readRow,
  readText,
} from '../upstream/row-fields.ts';

/** Editions of jobs; each is a list of its own upstream. */
export const JOB_TYPES = ['Basic', 'Standard'] as const;
export type JobType = (typeof JOB_TYPES)[number];

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

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970; null for what is no RFC 3339 time. */
export function parseInstant(text: string): number | null {
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** {@link parseInstant} of a job's time, memoized: parsing takes over a microsecond. */
export const instantOf: (text: string) => number | null = memoize(parseInstant);

/** Whole seconds since 1970, rounded down; null for what is no RFC 3339 time. */
function secondsOf(text: string): number | null {
  const ms = instantOf(text);
  return ms === null ? null : Math.floor(ms / 1000);
}

/** What the upstream says of a job. */
export type JobFields = Omit<
  VoiceJob,
  'id' | 'status' | 'type' | 'createdSecond' | 'isFinal' | 'withGmtCreate'
>;

/** A voice cloning job. A value outside an enum, or of the wrong type, is null and reported to the observer. */
export class VoiceJob implements ListRow {
  readonly jobId: string;
  readonly voiceId: string | null;
  readonly status: (typeof JOB_STATUSES)[number] | null;
  /** As the upstream wrote it, also where `status` is null because {@link JOB_STATUSES} lacks the value. */
  readonly rawStatus: string | null;
  readonly message: string | null;
  readonly voiceName: string | null;
  readonly voiceDesc: string | null;
  readonly type: JobType | null;
  /** As the upstream wrote it, also where `type` is null because {@link JOB_TYPES} lacks the value. */
  readonly rawType: string | null;
  readonly gender: (typeof GENDERS)[number] | null;
  readonly scenario: (typeof SCENARIOS)[number] | null;
  /** RFC 3339, as the upstream wrote it. */
  readonly createTime: string | null;
  /** RFC 3339, as the upstream wrote it; only listed rows have it. */
  readonly gmtCreate: string | null;
  #second: number | null | undefined;

  constructor(fields: JobFields) {
    this.jobId = fields.jobId;
    this.voiceId = fields.voiceId;
    this.status = knownValue(JOB_STATUSES, fields.rawStatus);
    // The enum's own string, so that a cached row holds no second one.
    this.rawStatus = this.status ?? fields.rawStatus;
    this.message = fields.message;
    this.voiceName = fields.voiceName;
    this.voiceDesc = fields.voiceDesc;
    this.type = knownValue(JOB_TYPES, fields.rawType);
    this.rawType = this.type ?? fields.rawType;
    this.gender = fields.gender;
    this.scenario = fields.scenario;
    this.createTime = fields.createTime;
    this.gmtCreate = fields.gmtCreate;
  }

  get id(): string {
    return this.jobId;
  }

  get createdSecond(): number | null {
    if (this.#second === undefined) {
      const since1970 = this.createTime === null ? null : secondsOf(this.createTime);
      this.#second = since1970 === null || since1970 < 0 ? null : since1970;
    }
    return this.#second;
  }

  /** Whether it changes no more. A job of an unknown status may. */
  get isFinal(): boolean {
    return this.status === 'Success' || this.status === 'Fail';
  }

  /** The same job where `gmtCreate`, which never changes, is known from elsewhere. */
  withGmtCreate(gmtCreate: string | null): VoiceJob {
    return gmtCreate === this.gmtCreate ? this : new VoiceJob({ ...this, gmtCreate });
  }
}

/** About the memory that a job takes, in bytes: its texts, two bytes a character at worst, and the object around them. */
export function bytesOfJob(job: VoiceJob | null | undefined): number {
  if (job === undefined || job === null) return 100;
  const { jobId, voiceId, message, voiceName, voiceDesc, createTime, gmtCreate } = job;
  const unknown = [job.status === null ? job.rawStatus : null, job.type === null ? job.rawType : null];
  const texts = [jobId, voiceId, message, voiceName, voiceDesc, createTime, gmtCreate, ...unknown];
  return texts.reduce((bytes, text) => bytes + 2 * (text?.length ?? 0), 400);
}

/** Parses a row; undefined, and reported to the observer, where it has no id. */
export function parseJob(entry: unknown, observer: Observer): VoiceJob | undefined {
  const read = readRow(entry, 'JobId', observer);
  if (read === undefined) return undefined;
  const { row, id } = read;
  return new VoiceJob({
    jobId: id,
    voiceId: readText(row, 'VoiceId', observer),
    rawStatus: readEnumText(row, 'Status', JOB_STATUSES, observer),
    message: readText(row, 'Message', observer),
    voiceName: readText(row, 'VoiceName', observer),
    voiceDesc: readText(row, 'VoiceDesc', observer),
    rawType: readEnumText(row, 'Type', JOB_TYPES, observer),
    gender: readEnum(row, 'Gender', GENDERS, observer),
    scenario: readEnum(row, 'Scenario', SCENARIOS, observer),
    createTime: readTime(row, 'CreateTime', observer),
    gmtCreate: readTime(row, 'GmtCreate', observer),
  });
}

/** The fields in the order of the compact form, each with the values of its enum; a raw one may have other values too. */
export const JOB_FIELDS: RowFields<keyof JobFields> = [
  ['jobId'],
  ['voiceId'],
  ['rawStatus', JOB_STATUSES],
  ['message'],
  ['voiceName'],
  ['voiceDesc'],
  ['rawType', JOB_TYPES],
  ['gender', GENDERS],
  ['scenario', SCENARIOS],
  ['createTime'],
  ['gmtCreate'],
];

/** Whether an object has the fields of a job as another replica writes them: nothing of another type, unknown values only where they are raw. */
export function isJobFields(value: unknown): value is JobFields {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields.jobId !== 'string' || fields.jobId === '') return false;
  return JOB_FIELDS.every(([name, values]) => {
    const field = fields[name];
    if (field === null) return true;
    if (typeof field !== 'string') return false;
    if (name === 'rawStatus' || name === 'rawType') return true;
    if (name === 'createTime' || name === 'gmtCreate') return secondsOf(field) !== null;
    return values === undefined || values.includes(field);
  });
}

function readTime(row: WireRow, field: string, observer: Observer): string | null {
  const value = readText(row, field, observer);
  if (value === null || value === '') return null;
  if (secondsOf(value) !== null) return value;
  observer.malformedField(field, value);
  return null;
}
