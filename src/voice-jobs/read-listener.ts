import type { JobType } from '../upstream/ims.ts';
import type { TimedJob } from './source.ts';
import type { Span } from './span.ts';

/** Told of all that is read upstream, whoever asked for it. Returns at once and never throws. */
export interface ReadListener {
  pageRead(type: JobType, span: Span): void;
  jobRead(jobId: string, read: TimedJob): void;
}
