import type { Observer } from '../observer.ts';
import { DirectSource } from '../paging/direct-source.ts';
import { PageCodec } from '../paging/page-codec.ts';
import type { ListDefinition, ReadListener, RowSource } from '../paging/page-source.ts';
import { type ImsClient, type ListActions, MAX_PAGE_SIZE } from '../upstream/ims.ts';
import { compactRow, expandRow } from '../upstream/row-fields.ts';
import { bytesOfJob, isJobFields, JOB_FIELDS, JOB_TYPES, type JobType, parseJob, VoiceJob } from './job.ts';

/**
 * Definition of the job lists. They are newest first, which was observed; the upstream documents no order.
 *
 * @see https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-listcustomizedvoicejobs
 * @see https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-getcustomizedvoicejob
 */
export const JOB_LISTS = {
  lists: JOB_TYPES,
  maxPageSize: MAX_PAGE_SIZE,
  order: 'newest first',
  cursorCode: 0,
  rowName: 'job',
  listAction: 'ListCustomizedVoiceJobs',
  rowsField: 'CustomizedVoiceJobList',
  getAction: 'GetCustomizedVoiceJob',
  rowField: 'CustomizedVoiceJob',
  idField: 'JobId',
  parse: parseJob,
  bytesOf: bytesOfJob,
  codec: new PageCodec({ version: 2, maxPageSize: MAX_PAGE_SIZE, compact: compactJob, expand: expandJob }),
  isFinal: ({ isFinal }) => isFinal,
  // A job read by its id lacks `gmtCreate`. An earlier listed row may have it, and it never changes.
  completed: (job, earlier) => job.withGmtCreate(job.gmtCreate ?? earlier?.gmtCreate ?? null),
} satisfies ListDefinition<JobType, VoiceJob> & ListActions<VoiceJob>;

export type JobSource = RowSource<JobType, VoiceJob>;

/** Source that reads jobs from the upstream. @param listener receives every page and row */
export function jobSource(
  ims: ImsClient,
  observer: Observer,
  listener?: ReadListener<JobType, VoiceJob>,
): DirectSource<JobType, VoiceJob> {
  return new DirectSource<JobType, VoiceJob>(
    { ...JOB_LISTS, ...ims.reads(JOB_LISTS, observer) },
    observer,
    listener,
  );
}

/** Encodes a job in the compact form, for Redis. */
export function compactJob(job: VoiceJob): readonly (string | number | null)[] {
  return compactRow(JOB_FIELDS, job);
}

/** Decodes a job. @throws TypeError for anything that {@link compactJob} did not write */
export function expandJob(compact: unknown): VoiceJob {
  const fields = expandRow(JOB_FIELDS, compact);
  if (!isJobFields(fields)) throw new TypeError('invalid fields of a job');
  return new VoiceJob(fields);
}
