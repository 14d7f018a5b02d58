import type { en } from '../job/words.ts';

/** The columns of the table, in order; each is a field of a job, or two that belong together. */
export const COLUMNS = [
  'voiceName',
  'status',
  'type',
  'gender',
  'scenario',
  'createTime',
  'gmtCreate',
  'voiceId',
  'jobId',
] as const satisfies readonly (keyof typeof en)[];
