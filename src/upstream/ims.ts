import { UpstreamError } from '../errors.ts';
import type { CallOwner } from './call-account.ts';
import { NotFoundError, RejectedParameterError } from './classify.ts';
import type { RpcClient } from './rpc.ts';

/** Version of the ICE API that the two operations belong to. */
export const API_VERSION = '2020-11-09';

/** Regions where the service exists. @see https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-endpoint */
export const REGIONS = [
  'cn-shanghai',
  'cn-beijing',
  'cn-hangzhou',
  'cn-shenzhen',
  'ap-southeast-1',
  'us-west-1',
] as const;

/** The public endpoint of a region, as documented; the vendor's own client still sends most regions elsewhere. */
export function endpointOf(region: (typeof REGIONS)[number]): string {
  return `https://ice.${region}.aliyuncs.com`;
}

/** Editions of jobs; each is a list of its own upstream. */
export const JOB_TYPES = ['Basic', 'Standard'] as const;
export type JobType = (typeof JOB_TYPES)[number];

/** A row as it came, nothing checked but that it is an object. */
export type WireJob = Readonly<Record<string, unknown>>;

/** One page of the list. */
export interface WirePage {
  /** Number of jobs of the type, at the moment the page was read. */
  readonly totalCount: number;
  /** The rows in the upstream's order; undefined stands for an entry that is not an object. */
  readonly rows: readonly (WireJob | undefined)[];
  /** When it was asked for, in milliseconds of `performance.now()`. */
  readonly sentAt: number;
}

/** What there is under an id. */
export interface WireAnswer {
  /** Undefined when there is no such job. */
  readonly job: WireJob | undefined;
  /** When it was asked for, in milliseconds of `performance.now()`. */
  readonly sentAt: number;
}

/** What the gateway asks of the service. */
export class ImsClient {
  readonly #rpc: RpcClient;

  constructor(rpc: RpcClient) {
    this.#rpc = rpc;
  }

  /**
   * One page of the jobs of a type. The order is undocumented; newest first is what was observed.
   *
   * @param pageNo 1-based
   * @param pageSize 1..100
   * @throws UpstreamError
   * @see https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-listcustomizedvoicejobs
   */
  async listCustomizedVoiceJobs(
    type: JobType,
    pageNo: number,
    pageSize: number,
    owner?: CallOwner,
  ): Promise<WirePage> {
    const params = { PageNo: String(pageNo), PageSize: String(pageSize), Type: type };
    try {
      const read = (body: Body) => readPage(body, pageNo, pageSize);
      const { value, sentAt } = await this.#rpc.call('ListCustomizedVoiceJobs', params, read, owner);
      return { ...value, sentAt };
    } catch (error) {
      throw error instanceof NotFoundError ? unreadable(`list answered as missing: ${error.message}`) : error;
    }
  }

  /**
   * One job by its id, without `GmtCreate`; none when the upstream knows no such job or says that no job can have
   * such an id.
   *
   * @throws UpstreamError
   * @see https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-getcustomizedvoicejob
   */
  async getCustomizedVoiceJob(jobId: string, owner?: CallOwner): Promise<WireAnswer> {
    const askedAt = performance.now();
    try {
      const read = (body: Body) => readJob(body, jobId);
      const { value, sentAt } = await this.#rpc.call('GetCustomizedVoiceJob', { JobId: jobId }, read, owner);
      return { job: value, sentAt };
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof RejectedParameterError)
        return { job: undefined, sentAt: askedAt };
      throw error;
    }
  }
}

type Body = Readonly<Record<string, unknown>>;

/**
 * Rows that a list has fewer of, as cursors count them. The upstream counts them in 31 bits; half of that leaves room for page
 * arithmetic, and for the sum of two lists in GraphQL's Int.
 */
export const MAX_TOTAL = 2 ** 30;

/** Whether a number from outside can be the length of a list, or a place in one. */
export function isTotal(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < MAX_TOTAL;
}

/** The job, with the id that was asked for; undefined where the response has none. */
function readJob(body: Body, jobId: string): WireJob | undefined {
  const job = objectOf(objectOf(body.Data)?.CustomizedVoiceJob);
  if (job === undefined) return undefined;
  const answered = job.JobId ?? jobId;
  if (answered !== jobId) throw unreadable('a job under another id than asked for');
  return { ...job, JobId: jobId };
}

function readPage(body: Body, pageNo: number, pageSize: number): Omit<WirePage, 'sentAt'> {
  const data = objectOf(body.Data ?? {});
  if (data === undefined) throw unreadable('Data is not an object');
  const list = data.CustomizedVoiceJobList ?? [];
  if (!Array.isArray(list)) throw unreadable('CustomizedVoiceJobList is not a list');
  if (list.length > pageSize) throw unreadable(`${list.length} rows on a page of ${pageSize}`);
  const total = data.TotalCount ?? totalSeen(list.length, pageNo, pageSize);
  if (!isTotal(total))
    throw unreadable(`TotalCount is missing or no whole number from 0 to ${MAX_TOTAL - 1}`);
  return { totalCount: total, rows: list.map(objectOf) };
}

/** Where the upstream does not say the total, a page that is neither full nor past the end still tells it. */
function totalSeen(rows: number, pageNo: number, pageSize: number): number | undefined {
  const endsTheList = rows < pageSize && (rows > 0 || pageNo === 1);
  return endsTheList ? (pageNo - 1) * pageSize + rows : undefined;
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function unreadable(detail: string): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_RESPONSE', { detail });
}
