import { memoize } from '../cache/memoize.ts';
import { objectOf } from '../foreign-values.ts';
import type { Observer } from '../observer.ts';
import type { ListRow } from '../paging/row-range.ts';
import type { WireRow } from '../upstream/ims.ts';

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
export type JobFields = Omit<VoiceJob, 'id' | 'createdSecond' | 'isFinal' | 'withGmtCreate'>;

/** A voice cloning job. A value outside an enum, or of the wrong type, is null and reported to the observer. */
export class VoiceJob implements ListRow {
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
  #second: number | null | undefined;

  constructor(fields: JobFields) {
    this.jobId = fields.jobId;
    this.voiceId = fields.voiceId;
    this.status = fields.status;
    this.message = fields.message;
    this.voiceName = fields.voiceName;
    this.voiceDesc = fields.voiceDesc;
    this.type = fields.type;
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

  /** Whether it changes no more. */
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
  const texts = [jobId, voiceId, message, voiceName, voiceDesc, createTime, gmtCreate];
  return texts.reduce((bytes, text) => bytes + 2 * (text?.length ?? 0), 400);
}

/** Parses a row; undefined, and reported to the observer, where it has no id. */
export function parseJob(entry: unknown, observer: Observer): VoiceJob | undefined {
  const row = objectOf(entry);
  if (row === undefined) {
    observer.droppedRow('not an object', entry);
    return undefined;
  }
  const jobId = row.JobId;
  if (typeof jobId !== 'string' || jobId === '') {
    observer.droppedRow('no JobId', jobId);
    return undefined;
  }
  return new VoiceJob({
    jobId,
    voiceId: readText(row, 'VoiceId', observer),
    status: readEnum(row, 'Status', JOB_STATUSES, observer),
    message: readText(row, 'Message', observer),
    voiceName: readText(row, 'VoiceName', observer),
    voiceDesc: readText(row, 'VoiceDesc', observer),
    type: readEnum(row, 'Type', JOB_TYPES, observer),
    gender: readEnum(row, 'Gender', GENDERS, observer),
    scenario: readEnum(row, 'Scenario', SCENARIOS, observer),
    createTime: readTime(row, 'CreateTime', observer),
    gmtCreate: readTime(row, 'GmtCreate', observer),
  });
}

/** The fields in the order of the compact form, each with the values of its enum. */
export const JOB_FIELDS: readonly (readonly [name: keyof JobFields, values?: readonly unknown[]])[] = [
  ['jobId'],
  ['voiceId'],
  ['status', JOB_STATUSES],
  ['message'],
  ['voiceName'],
  ['voiceDesc'],
  ['type', JOB_TYPES],
  ['gender', GENDERS],
  ['scenario', SCENARIOS],
  ['createTime'],
  ['gmtCreate'],
];

/** Whether an object has the fields of a job as another replica writes them: nothing of another type, no unknown value. */
export function isJobFields(value: unknown): value is JobFields {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields.jobId !== 'string' || fields.jobId === '') return false;
  return JOB_FIELDS.every(([name, values]) => {
    const field = fields[name];
    if (field === null) return true;
    if (values !== undefined) return values.includes(field);
    const isTime = name === 'createTime' || name === 'gmtCreate';
    return typeof field === 'string' && (!isTime || secondsOf(field) !== null);
  });
}

/** Fields of a row that are texts. */
type TextField =
  | ('VoiceId' | 'Message' | 'VoiceName' | 'VoiceDesc' | 'Status')
  | ('Type' | 'Gender' | 'Scenario' | 'CreateTime' | 'GmtCreate');

function readText(row: WireRow, field: TextField, observer: Observer): string | null {
  const value = row[field];
  if (typeof value === 'string') return value;
  if (value !== undefined && value !== null) observer.malformedField(field, value);
  return null;
}

/** An empty text is how the upstream says that an enum does not apply, as `Scenario` on Standard jobs. */
function readEnum<Value extends string>(
  row: WireRow,
  field: TextField,
  values: readonly Value[],
  observer: Observer,
): Value | null {
  const value = readText(row, field, observer);
  if (value === null || value === '') return null;
  if ((values as readonly string[]).includes(value)) return value as Value;
  observer.unknownEnumValue(field, value);
  return null;
}

function readTime(row: WireRow, field: TextField, observer: Observer): string | null {
  const value = readText(row, field, observer);
  if (value === null || value === '') return null;
  if (secondsOf(value) !== null) return value;
  observer.malformedField(field, value);
  return null;
}
