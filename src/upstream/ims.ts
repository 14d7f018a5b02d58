import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { isTotal, MAX_TOTAL, objectOf } from '../foreign-values.ts';
import type { Observer } from '../observer.ts';
import type { CallOwner } from './call-recorder.ts';
import { NotFoundError, RejectedParameterError, UnreadableFieldError } from './parse-response.ts';
import type { RpcClient } from './rpc.ts';

export const API_VERSION = '2020-11-09';

/** Maximum `PageSize` of the List actions. */
export const MAX_PAGE_SIZE = 100;

/** Regions of the service. @see https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-endpoint */
export const REGIONS = [
  'cn-shanghai',
  'cn-beijing',
  'cn-hangzhou',
  'cn-shenzhen',
  'ap-southeast-1',
  'us-west-1',
] as const;

/** Documented public endpoint of a region. (The vendor's own client uses other hosts for most regions.) */
export function endpointOf(region: (typeof REGIONS)[number]): string {
  return `https://ice.${region}.aliyuncs.com`;
}

/** Actions for one kind of row, and its fields in their responses. */
export interface ListActions<Row> {
  /** Action that lists a page of one type. */
  readonly listAction: string;
  /** Field of `Data` with the rows of a page. */
  readonly rowsField: string;
  readonly getAction: string;
  /** Field of `Data` with the requested row. */
  readonly rowField: string;
  /** Id of a row, as a field and as a parameter. */
  readonly idField: string;
  /** Parses a row. Returns undefined for one without an id, and reports it to the observer. */
  parse(row: unknown, observer: Observer): Row | undefined;
}

/** A row from the wire; only known to be an object. */
export type WireRow = Readonly<Record<string, unknown>>;

export interface WirePage {
  /** Number of rows of the type when the page was read. */
  readonly totalCount: number;
  readonly rows: readonly unknown[];
  readonly sentAt: MonotonicMs;
}

/** Client for the List and Get actions of the service. */
export class ImsClient {
  readonly #rpc: RpcClient;

  constructor(rpc: RpcClient) {
    this.#rpc = rpc;
  }

  /** Reads and parses pages and rows of one kind, as a page source needs it. */
  reads<Row>(actions: ListActions<Row>, observer: Observer) {
    return {
      read: async (type: string, { pageNo, pageSize }: PageNumber, owner?: CallOwner) => {
        const { totalCount: total, rows, sentAt } = await this.page(actions, type, pageNo, pageSize, owner);
        return { total, rows: rows.map((row) => actions.parse(row, observer)), sentAt };
      },
      readById: async (id: string, owner?: CallOwner) => {
        const { row, sentAt } = await this.row(actions, id, owner);
        return { row: (row && actions.parse(row, observer)) ?? null, sentAt };
      },
    };
  }

  /**
   * Reads one page of a type. The vendor does not document the order.
   *
   * @param pageNo 1-based
   * @param pageSize from 1 to 100
   * @throws UpstreamError
   */
  async page(
    actions: ListActions<unknown>,
    type: string,
    pageNo: number,
    pageSize: number,
    owner?: CallOwner,
  ): Promise<WirePage> {
    const params = { PageNo: String(pageNo), PageSize: String(pageSize), Type: type };
    const response = (body: Body) => readPage(body, actions.rowsField, pageNo, pageSize);
    const read = { response, isAlwaysThere: true };
    const { value, sentAt } = await this.#rpc.call(actions.listAction, params, read, owner);
    return { ...value, sentAt };
  }

  /** Reads one row by id; undefined when the upstream does not find it or rejects the id. @throws UpstreamError */
  async row(
    actions: ListActions<unknown>,
    id: string,
    owner?: CallOwner,
  ): Promise<{ readonly row: WireRow | undefined; readonly sentAt: MonotonicMs }> {
    const startedAt = monotonicNow();
    try {
      const read = { response: (body: Body) => readRow(body, actions, id), isAlwaysThere: false };
      const { value, sentAt } = await this.#rpc.call(
        actions.getAction,
        { [actions.idField]: id },
        read,
        owner,
      );
      return { row: value, sentAt };
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof RejectedParameterError)
        return { row: undefined, sentAt: startedAt };
      throw error;
    }
  }
}

/** Page parameters of the upstream. `pageNo` is 1-based. */
interface PageNumber {
  readonly pageNo: number;
  readonly pageSize: number;
}

type Body = Readonly<Record<string, unknown>>;

/** The row with the requested id; undefined when the response contains none. @throws UnreadableFieldError */
function readRow(body: Body, { rowField, idField }: ListActions<unknown>, id: string): WireRow | undefined {
  const path = `Data.${rowField}`;
  const value = dataOf(body)[rowField];
  if (value === undefined || value === null) return undefined;
  const row = objectIn(path, value);
  const receivedId = row[idField] ?? id;
  if (receivedId !== id) throw new UnreadableFieldError(`${path}.${idField}`, receivedId, 'the requested id');
  return { ...row, [idField]: id };
}

/** @throws UnreadableFieldError */
function readPage(body: Body, field: string, pageNo: number, pageSize: number): Omit<WirePage, 'sentAt'> {
  const path = `Data.${field}`;
  const { TotalCount: rawTotal, [field]: list } = dataOf(body);
  const stated = rawTotal === undefined || rawTotal === null ? undefined : numberIn(rawTotal);
  if (stated !== undefined && !isTotal(stated)) throw unreadableTotal(rawTotal);
  if (list === undefined || list === null) {
    // The upstream may omit the list of a page after the last row.
    if (stated === undefined || stated > (pageNo - 1) * pageSize)
      throw new UnreadableFieldError(path, list, 'a list');
    return { totalCount: stated, rows: [] };
  }
  if (!Array.isArray(list)) throw new UnreadableFieldError(path, list, 'a list');
  if (list.length > pageSize)
    throw new UnreadableFieldError(path, list, `${pageSize} rows at most, as requested`);
  const total = stated ?? totalFromPage(list.length, pageNo, pageSize);
  if (!isTotal(total)) throw unreadableTotal(rawTotal);
  return { totalCount: total, rows: list };
}

/** @throws UnreadableFieldError when a successful response has no `Data`, which is not the same as no rows */
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

/** The total implied by the last page; undefined for a full page, or one after the last row. */
function totalFromPage(rows: number, pageNo: number, pageSize: number): number | undefined {
  const isLastPage = rows < pageSize && (rows > 0 || pageNo === 1);
  return isLastPage ? (pageNo - 1) * pageSize + rows : undefined;
}
