import type { VoiceJob } from './job.ts';
import type { Span } from './span.ts';

/** About what a job takes in memory: its texts, two bytes a character at worst, and the object around them. */
export function bytesOfJob(job: VoiceJob | null | undefined): number {
  if (job === undefined || job === null) return 100;
  const { jobId, voiceId, message, voiceName, voiceDesc, createTime, gmtCreate } = job;
  const texts = [jobId, voiceId, message, voiceName, voiceDesc, createTime, gmtCreate];
  return texts.reduce((bytes, text) => bytes + 2 * (text?.length ?? 0), 400);
}

export function bytesOfSpan({ rows }: Span): number {
  return rows.reduce((bytes, row) => bytes + bytesOfJob(row), 200);
}
