import { pick } from './random.ts';

/**
 * The states a job passes on its way, in order. The vendor names the states but draws no diagram; this order
 * is read from their descriptions (initialised, audio being checked, waiting for training, training).
 */
export const unfinishedStatuses = ['Initialization', 'AudioDetecting', 'PreTraining', 'Training'] as const;
export type UnfinishedStatus = (typeof unfinishedStatuses)[number];
export type FinalStatus = 'Success' | 'Fail';
export type JobStatus = UnfinishedStatus | FinalStatus;

/** How a job that is not finished yet will go on. */
export interface Course {
  /** The state the job was in at `startedAtMs`. */
  readonly from: UnfinishedStatus;
  /** Epoch ms at which the first step began. */
  readonly startedAtMs: number;
  readonly end: FinalStatus;
}

/**
 * The state of a job on its course at `nowMs`: one state further for each full `stepMs`.
 * Nothing ticks: reading the clock is all there is, so an idle emulator costs nothing and never lags.
 * `stepMs` 0 means the job never moves.
 */
export function statusAt(course: Course, nowMs: number, stepMs: number): JobStatus {
  const steps = stepMs === 0 ? 0 : Math.max(0, Math.floor((nowMs - course.startedAtMs) / stepMs));
  return unfinishedStatuses[unfinishedStatuses.indexOf(course.from) + steps] ?? course.end;
}

const messages: Record<JobStatus, readonly string[]> = {
  Initialization: ['', '初始化'],
  AudioDetecting: ['', '音频检测中', 'audio detecting'],
  PreTraining: ['', '等待训练'],
  Training: ['', '训练中', 'training'],
  Success: ['', '', '训练成功', 'success'],
  Fail: [
    '音频检测未通过：背景噪音过大',
    '音频时长不足，请补充录音后重试',
    'The voiceprint of the authentication audio does not match.',
    'Audio record 7 does not match its text.',
    'training failed',
    '训练失败，请联系技术支持',
  ],
};

/** A message such as the vendor might give with that status: Chinese, English or empty. */
export function messageFor(status: JobStatus, random: () => number): string {
  return pick(random, messages[status]);
}
