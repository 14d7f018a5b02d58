import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { isTotal, MAX_TOTAL, objectOf } from '../foreign-values.ts';
import type { Observer } from '../observer.ts';
import type { CallOwner } from './call-recorder.ts';
import { NotFoundError, RejectedParameterError, UnreadableFieldError } from './parse-response.ts';
import type { RpcClient } from './rpc.ts';

export const API_VERSION = '2020-11-09';

/** Largest `PageSize` that the List actions accept. */
export const MAX_PAGE_SIZE = 100;

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

/** How one kind of object is read: its actions, and its fields in their responses. */
export interface ListActions<Row> {
  /** Lists a page of one type. */
  readonly listAction: string;
  /** The field of `Data` with the rows of a page. */
  readonly rowsField: string;
  readonly getAction: string;
  /** The field of `Data` with the one row that was asked for. */
  readonly rowField: string;
  /** The id of a row, as field and as parameter. */
  readonly idField: string;
  /** Undefined for a row that cannot be shown, which is reported to the observer. */
  parse(row: unknown, observer: Observer): Row | undefined;
}

/** A row as it came, nothing checked but that it is an object. */
export type WireRow = Readonly<Record<string, unknown>>;

export interface WirePage {
  /** Number of rows of the type, at the moment the page was read. */
  readonly totalCount: number;
  readonly rows: readonly unknown[];
  readonly sentAt: MonotonicMs;
}

/** The List and Get actions of the service. */
export class ImsClient {
  readonly #rpc: RpcClient;

  constructor(rpc: RpcClient) {
    this.#rpc = rpc;
  }

  /** Reads and parses pages and rows of one kind: the part of a page source that is particular to this upstream. */
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
   * One page of a type. The order is undocumented.
   *
   * @param pageNo 1-based
   * @param pageSize 1..100
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

  /** One row by its id; undefined when the upstream does not know it or rejects the id. @throws UpstreamError */
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

/** As the upstream numbers pages. */
interface PageNumber {
  readonly pageNo: number;
  readonly pageSize: number;
}

type Body = Readonly<Record<string, unknown>>;

/** The row, with the requested id; undefined where the response has none. @throws UnreadableFieldError */
function readRow(body: Body, { rowField, idField }: ListActions<unknown>, id: string): WireRow | undefined {
  const path = `Data.${rowField}`;
  const value = dataOf(body)[rowField];
  if (value === undefined || value === null) return undefined;
  const row = objectIn(path, value);
  const answered = row[idField] ?? id;
  if (answered !== id) throw new UnreadableFieldError(`${path}.${idField}`, answered, 'the requested id');
  return { ...row, [idField]: id };
}

/** @throws UnreadableFieldError */
function readPage(body: Body, field: string, pageNo: number, pageSize: number): Omit<WirePage, 'sentAt'> {
  const path = `Data.${field}`;
  const { TotalCount: written, [field]: list } = dataOf(body);
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
    throw new UnreadableFieldError(path, list, `${pageSize} rows at most, as requested`);
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
