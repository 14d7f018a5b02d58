import type { Observer } from '../observer.ts';
import type { ListRow } from '../paging/row-range.ts';
import { type RowFields, readEnum, readRow, readText } from '../upstream/row-fields.ts';
import { GENDERS, JOB_TYPES, type JobType, SCENARIOS } from '../voice-jobs/job.ts';

/** Editions of voices, those of the jobs that produce them; each is a list of its own upstream. */
export const VOICE_TYPES = JOB_TYPES;
export type VoiceType = JobType;

/** What the upstream says of a voice. */
export type VoiceFields = Omit<Voice, 'id' | 'createdSecond' | 'withType'>;

/** A trained voice. A value outside an enum, or of the wrong type, is null and reported to the observer. */
export class Voice implements ListRow {
  readonly voiceId: string;
  readonly voiceName: string | null;
  readonly voiceDesc: string | null;
  readonly gender: (typeof GENDERS)[number] | null;
  readonly scenario: (typeof SCENARIOS)[number] | null;
  /** Only listed rows have it. */
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

  /** The upstream tells no time of a voice. */
  get createdSecond(): null {
    return null;
  }

  /** The same voice where `type`, which never changes, is known from elsewhere. */
  withType(type: VoiceType | null): Voice {
    return type === this.type ? this : new Voice({ ...this, type });
  }
}

/** About the memory that a voice takes, in bytes: its texts, two bytes a character at worst, and the object around them. */
export function bytesOfVoice(voice: Voice | null | undefined): number {
  if (voice === undefined || voice === null) return 100;
  const { voiceId, voiceName, voiceDesc, demoAudioMediaId } = voice;
  const texts = [voiceId, voiceName, voiceDesc, demoAudioMediaId];
  return texts.reduce((bytes, text) => bytes + 2 * (text?.length ?? 0), 300);
}

/** Parses a row; undefined, and reported to the observer, where it has no id. */
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

/** The fields in the order of the compact form, each with the values of its enum. */
export const VOICE_FIELDS: RowFields<keyof VoiceFields> = [
  ['voiceId'],
  ['voiceName'],
  ['voiceDesc'],
  ['gender', GENDERS],
  ['scenario', SCENARIOS],
  ['type', VOICE_TYPES],
  ['demoAudioMediaId'],
];

/** Whether an object has the fields of a voice as another replica writes them: nothing of another type, no unknown value. */
export function isVoiceFields(
  fields: { readonly [name in keyof VoiceFields]?: unknown },
): fields is VoiceFields {
  if (typeof fields.voiceId !== 'string' || fields.voiceId === '') return false;
  return VOICE_FIELDS.every(([name, values]) => {
    const field = fields[name];
    return field === null || (typeof field === 'string' && values?.includes(field) !== false);
  });
}
