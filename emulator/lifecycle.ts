import { pick } from './random.ts';

/**
 * States of an unfinished job, in order. The vendor documents the states but not their order; this one follows from their
 * descriptions (initialised, audio being checked, waiting for training, training).
 */
export const unfinishedStatuses = ['Initialization', 'AudioDetecting', 'PreTraining', 'Training'] as const;
export type UnfinishedStatus = (typeof unfinishedStatuses)[number];
export type FinalStatus = 'Success' | 'Fail';
export type JobStatus = UnfinishedStatus | FinalStatus;

/** Progress of an unfinished job. */
export interface Progress {
  /** When the first step began, in milliseconds since 1970. */
  readonly from: UnfinishedStatus;
  /** Epoch ms at which the first step began. */
  readonly startedAtMs: number;
  readonly end: FinalStatus;
}

/**
 * The status at `nowMs`: it advances by one state per full `stepMs`, never if `stepMs` is 0. Computed from the clock on read,
 * so that an idle emulator needs no timer.
 */
export function statusAt(progress: Progress, nowMs: number, stepMs: number): JobStatus {
  const steps = stepMs === 0 ? 0 : Math.max(0, Math.floor((nowMs - progress.startedAtMs) / stepMs));
  return unfinishedStatuses[unfinishedStatuses.indexOf(progress.from) + steps] ?? progress.end;
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

/** A message that the vendor might send with the status: Chinese, English or empty. */
export function messageFor(status: JobStatus, random: () => number): string {
  return pick(random, messages[status]);
}
