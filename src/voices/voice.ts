import type { Observer } from '../observer.ts';
import type { ListRow } from '../paging/row-range.ts';
import {
  areValidFields,
  type RowFields,
  readEnum,
  readRow,
  readText,
  type UncheckedFields,
} from '../upstream/row-fields.ts';
import { GENDERS, JOB_TYPES, type JobType, SCENARIOS } from '../voice-jobs/job.ts';

/** Editions of voices: those of the jobs that produce them. The upstream has a separate list for each. */
export const VOICE_TYPES = JOB_TYPES;
export type VoiceType = JobType;

/** The fields that the upstream returns for a voice. */
export type VoiceFields = Omit<Voice, 'id' | 'createdSecond' | 'withType'>;

/** A trained voice. A value outside its enum or of the wrong type is null, and reported to the observer. */
export class Voice implements ListRow {
  readonly voiceId: string;
  readonly voiceName: string | null;
  readonly voiceDesc: string | null;
  readonly gender: (typeof GENDERS)[number] | null;
  readonly scenario: (typeof SCENARIOS)[number] | null;
  /** Null unless the voice was read in a list. */
  readonly type: VoiceType | null;
  /** Id of the sample audio in the customer's media library. */
  readonly demoAudioMediaId: string | null;

  constructor(fields: VoiceFields) {
    this.voiceId = fields.voiceId;
    this.voiceName = fields.voiceName;
    this.voiceDesc = fields.voiceDesc;
    this.gender = fields.gender;
    this.scenario = fields.scenario;
    this.type = fields.type;
    this.demoAudioMediaId = fields.demoAudioMediaId;
  }

  get id(): string {
    return this.voiceId;
  }

  /** The upstream returns no creation time for voices. */
  get createdSecond(): null {
    return null;
  }

  /** A copy with a `type` from another read, which is valid because it never changes. */
  withType(type: VoiceType | null): Voice {
    return type === this.type ? this : new Voice({ ...this, type });
  }
}

/** Estimated memory of a voice, in bytes: an object with its strings, at two bytes per character. */
export function bytesOfVoice(voice: Voice | null | undefined): number {
  if (voice === undefined || voice === null) return 100;
  const { voiceId, voiceName, voiceDesc, demoAudioMediaId } = voice;
  const texts = [voiceId, voiceName, voiceDesc, demoAudioMediaId];
  return texts.reduce((bytes, text) => bytes + 2 * (text?.length ?? 0), 300);
}

/** Parses a row of the upstream; undefined, and reported to the observer, if it has no id. */
export function parseVoice(entry: unknown, observer: Observer): Voice | undefined {
  const read = readRow(entry, 'VoiceId', observer);
  if (read === undefined) return undefined;
  const { row, id } = read;
  return new Voice({
    voiceId: id,
    voiceName: readText(row, 'VoiceName', observer),
    voiceDesc: readText(row, 'VoiceDesc', observer),
    gender: readEnum(row, 'Gender', GENDERS, observer),
    scenario: readEnum(row, 'Scenario', SCENARIOS, observer),
    type: readEnum(row, 'Type', VOICE_TYPES, observer),
    demoAudioMediaId: readText(row, 'DemoAudioMediaId', observer),
  });
}

/** Fields in the order of the compact form, with the values of enums. */
export const VOICE_FIELDS: RowFields<keyof VoiceFields> = [
  ['voiceId'],
  ['voiceName'],
  ['voiceDesc'],
  ['gender', GENDERS],
  ['scenario', SCENARIOS],
  ['type', VOICE_TYPES],
  ['demoAudioMediaId'],
];

/** Whether the values are valid fields of a voice, as another replica encodes them. */
export function isVoiceFields(values: UncheckedFields<keyof VoiceFields>): values is VoiceFields {
  return areValidFields(VOICE_FIELDS, values);
}
