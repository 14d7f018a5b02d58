import { memoize } from '../cache/memoize.ts';
import type { Observer } from '../observer.ts';
import type { ListRow } from '../paging/row-range.ts';
import type { WireRow } from '../upstream/ims.ts';
import {
  areValidFields,
  knownValue,
  type RowFields,
  readEnum,
  readEnumText,
  readRow,
  readText,
  type UncheckedFields,
} from '../upstream/row-fields.ts';

/** Editions of voice cloning. The upstream has a separate list for each. */
export const JOB_TYPES = ['Basic', 'Standard'] as const;
export type JobType = (typeof JOB_TYPES)[number];

/** Statuses in the order in which a job passes them; the last two are final. */
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

/** Parses an RFC 3339 time to milliseconds since 1970; null if the text is not one. */
export function parseInstant(text: string): number | null {
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** Memoized {@link parseInstant} for times of jobs, because parsing takes more than a microsecond. */
export const instantOf: (text: string) => number | null = memoize(parseInstant);

/** Parses an RFC 3339 time to seconds since 1970, rounded down; null if the text is not one. */
function secondsOf(text: string): number | null {
  const ms = instantOf(text);
  return ms === null ? null : Math.floor(ms / 1000);
}

/** The fields that the upstream returns for a job. */
export type JobFields = Omit<
  VoiceJob,
  'id' | 'status' | 'type' | 'createdSecond' | 'isFinal' | 'withGmtCreate'
>;

/** A voice cloning job. A value outside its enum or of the wrong type is null, and reported to the observer. */
export class VoiceJob implements ListRow {
  readonly jobId: string;
  readonly voiceId: string | null;
  readonly status: (typeof JOB_STATUSES)[number] | null;
  /** Verbatim from the upstream. Set even if `status` is null because {@link JOB_STATUSES} lacks the value. */
  readonly rawStatus: string | null;
  readonly message: string | null;
  readonly voiceName: string | null;
  readonly voiceDesc: string | null;
  readonly type: JobType | null;
  /** Verbatim from the upstream. Set even if `type` is null because {@link JOB_TYPES} lacks the value. */
  readonly rawType: string | null;
  readonly gender: (typeof GENDERS)[number] | null;
  readonly scenario: (typeof SCENARIOS)[number] | null;
  /** RFC 3339, verbatim from the upstream. */
  readonly createTime: string | null;
  /** RFC 3339, verbatim from the upstream. Only listed rows have it. */
  readonly gmtCreate: string | null;
  #second: number | null | undefined;

  constructor(fields: JobFields) {
    this.jobId = fields.jobId;
    this.voiceId = fields.voiceId;
    this.status = knownValue(JOB_STATUSES, fields.rawStatus);
    // Shares the enum's string, so that a cached row retains no copy.
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

  /** Whether the status is final. An unknown status is not. */
  get isFinal(): boolean {
    return this.status === 'Success' || this.status === 'Fail';
  }

  /** A copy with a `gmtCreate` from another read, which is valid because it never changes. */
  withGmtCreate(gmtCreate: string | null): VoiceJob {
    return gmtCreate === this.gmtCreate ? this : new VoiceJob({ ...this, gmtCreate });
  }
}

/** Estimated memory of a job, in bytes: an object with its strings, at two bytes per character. */
export function bytesOfJob(job: VoiceJob | null | undefined): number {
  if (job === undefined || job === null) return 100;
  const { jobId, voiceId, message, voiceName, voiceDesc, createTime, gmtCreate } = job;
  const unknown = [job.status === null ? job.rawStatus : null, job.type === null ? job.rawType : null];
  const texts = [jobId, voiceId, message, voiceName, voiceDesc, createTime, gmtCreate, ...unknown];
  return texts.reduce((bytes, text) => bytes + 2 * (text?.length ?? 0), 400);
}

/** Parses a row of the upstream; undefined, and reported to the observer, if it has no id. */
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

/** Fields in the order of the compact form, with the values of enums. The raw fields may have other values too. */
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

const isAnyText = () => true;
const isTime = (text: string) => secondsOf(text) !== null;

/** Checks of the fields whose values are no closed enum. */
const CHECKS = new Map<keyof JobFields, (text: string) => boolean>([
  ['rawStatus', isAnyText],
  ['rawType', isAnyText],
  ['createTime', isTime],
  ['gmtCreate', isTime],
]);

/** Whether the values are valid fields of a job, as another replica encodes them. */
export function isJobFields(values: UncheckedFields<keyof JobFields>): values is JobFields {
  return areValidFields(JOB_FIELDS, values, CHECKS);
}

function readTime(row: WireRow, field: string, observer: Observer): string | null {
  const value = readText(row, field, observer);
  if (value === null || value === '') return null;
  if (secondsOf(value) !== null) return value;
  observer.malformedField(field, value);
  return null;
}
