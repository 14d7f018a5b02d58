import { type MonotonicMs, monotonicNow } from '../clock.ts';
import type { CallOwner } from './call-recorder.ts';
import { NotFoundError, RejectedParameterError, UnreadableFieldError } from './parse-response.ts';
import type { RpcClient } from './rpc.ts';

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

/** The documented public endpoint of a region; the vendor's own client sends most regions elsewhere. */
export function endpointOf(region: (typeof REGIONS)[number]): string {
  return `https://ice.${region}.aliyuncs.com`;
}

/** Editions of jobs; each is a list of its own upstream. */
export const JOB_TYPES = ['Basic', 'Standard'] as const;
export type JobType = (typeof JOB_TYPES)[number];

/** A job as it came, nothing checked but that it is an object. */
export type WireJob = Readonly<Record<string, unknown>>;

export interface WirePage {
  /** Number of jobs of the type, at the moment the page was read. */
  readonly totalCount: number;
  readonly rows: readonly unknown[];
  readonly sentAt: MonotonicMs;
}

export interface WireJobRead {
  readonly job: WireJob | undefined;
  readonly sentAt: MonotonicMs;
}

/** The operations of the service that the gateway calls. */
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
    const read = { response: (body: Body) => readPage(body, pageNo, pageSize), isAlwaysThere: true };
    const { value, sentAt } = await this.#rpc.call('ListCustomizedVoiceJobs', params, read, owner);
    return { ...value, sentAt };
  }

  /**
   * One job by its id, without `GmtCreate`; none when the upstream does not know it or rejects the id.
   *
   * @throws UpstreamError
   * @see https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-getcustomizedvoicejob
   */
  async getCustomizedVoiceJob(jobId: string, owner?: CallOwner): Promise<WireJobRead> {
    const startedAt = monotonicNow();
    try {
      const read = { response: (body: Body) => readJob(body, jobId), isAlwaysThere: false };
      const { value, sentAt } = await this.#rpc.call('GetCustomizedVoiceJob', { JobId: jobId }, read, owner);
      return { job: value, sentAt };
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof RejectedParameterError)
        return { job: undefined, sentAt: startedAt };
      throw error;
    }
  }
}

type Body = Readonly<Record<string, unknown>>;

/** Lists have fewer rows. The upstream counts in 31 bits; half of that leaves room for page arithmetic, and for the sum of two lists in GraphQL's Int. */
export const MAX_TOTAL = 2 ** 30;

/** Whether a number from outside can be the length of a list, or a place in one. */
export function isTotal(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < MAX_TOTAL;
}

/** Undefined where the response has no job. @throws UnreadableFieldError */
function readJob(body: Body, jobId: string): WireJob | undefined {
  const path = 'Data.CustomizedVoiceJob';
  const value = dataOf(body).CustomizedVoiceJob;
  if (value === undefined || value === null) return undefined;
  const job = objectIn(path, value);
  const answered = job.JobId ?? jobId;
  if (answered !== jobId)
    throw new UnreadableFieldError(`${path}.JobId`, answered, 'the id that was asked for');
  return { ...job, JobId: jobId };
}

/** @throws UnreadableFieldError */
function readPage(body: Body, pageNo: number, pageSize: number): Omit<WirePage, 'sentAt'> {
  const path = 'Data.CustomizedVoiceJobList';
  const { TotalCount: written, CustomizedVoiceJobList: list } = dataOf(body);
  const told = written === undefined || written === null ? undefined : numberIn(written);
  if (told !== undefined && !isTotal(told)) throw unreadableTotal(written);
  if (list === undefined || list === null) {
    // A page that lies behind the last row may leave its list out.
    if (told === undefined || told > (pageNo - 1) * pageSize)
      throw new UnreadableFieldError(path, list, 'a list');
    return { totalCount: told, rows: [] };
  }
  if (!Array.isArray(list)) throw new UnreadableFieldError(path, list, 'a list');
  if (list.length > pageSize)
    throw new UnreadableFieldError(path, list, `${pageSize} rows at most, as was asked for`);
  const total = told ?? totalSeen(list.length, pageNo, pageSize);
  if (!isTotal(total)) throw unreadableTotal(written);
  return { totalCount: total, rows: list };
}

/** @throws UnreadableFieldError where a success has no `Data`: that is not the same as a success without rows */
function dataOf({ Data }: Body): Body {
  return objectIn('Data', Data);
}

function objectIn(path: string, value: unknown): Body {
  const object = objectOf(value);
  if (object === undefined) throw new UnreadableFieldError(path, value, 'an object');
  return object;
}

function numberIn(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

function unreadableTotal(value: unknown): UnreadableFieldError {
  return new UnreadableFieldError('Data.TotalCount', value, `a whole number from 0 to ${MAX_TOTAL - 1}`);
}

/** The total by a page that is neither full nor past the end. */
function totalSeen(rows: number, pageNo: number, pageSize: number): number | undefined {
  const endsTheList = rows < pageSize && (rows > 0 || pageNo === 1);
  return endsTheList ? (pageNo - 1) * pageSize + rows : undefined;
}

/** An object of JSON; undefined for anything else. */
export function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
