import { hash } from 'node:crypto';
import { type MonotonicMs, monotonicNow, NEVER } from '../clock.ts';
import { FirstSeen } from '../redis/first-seen.ts';
import type { ReplicaNamespace } from '../redis/redis-connection.ts';
import { type MaxAge, SharedCache, type SharedValue } from '../redis/shared-cache.ts';
import type { Caller } from './caller.ts';
import { type PageRef, pageKey, rowsOf } from './cover.ts';
import type { Anchor } from './cursor.ts';
import { type CacheTimes, cursorKey, FINAL_TTL_FACTOR, rowNameOf } from './page-cache.ts';
import type { PageCodec } from './page-codec.ts';
import type { ListDefinition, ListObserver, RowSource, SharedLookups, TimedRow } from './page-source.ts';
import type { ListRow, RowRange } from './row-range.ts';
import { SharedFlight } from './shared-flight.ts';

/** Maximum length of an id in a key, in characters; longer ids are hashed. */
const MAX_ID = 40;

/** Source that shares reads with other replicas through Redis. Without Redis it reads directly. */
export class SharedSource<List extends string, Row extends ListRow>
  implements RowSource<List, Row>, SharedLookups<List, Row>
{
  readonly definition: ListDefinition<List, Row>;
  readonly observer: ListObserver;
  readonly #source: RowSource<List, Row>;
  readonly #codec: PageCodec<Row>;
  readonly #rowName: string;
  readonly #values: SharedCache;
  readonly #times: FirstSeen;
  readonly #flight: SharedFlight;
  readonly #account: ReplicaNamespace['account'];
  readonly #fresh: MaxAge;
  readonly #stale: MaxAge;
  readonly #retainMs: number;
  readonly #retainFinalMs: number;

  /**
   * @param timeoutMs how long to wait for another replica's read, in milliseconds
   * @throws Error if the definition has no codec
   */
  constructor(
    source: RowSource<List, Row>,
    { redis, prefix, account }: ReplicaNamespace,
    { ttlMs, staleIfErrorMs }: CacheTimes,
    timeoutMs: number,
  ) {
    const { codec } = source.definition;
    if (codec === undefined)
      throw new Error('the lists have no codec: replicas cannot share them without one');
    this.definition = source.definition;
    this.observer = source.observer;
    this.#codec = codec;
    this.#rowName = rowNameOf(source.definition);
    redis.countUnreadable(this.#rowName);
    this.#source = source;
    this.#values = new SharedCache(redis, prefix);
    this.#times = new FirstSeen(redis, prefix);
    this.#flight = new SharedFlight(this.#values, timeoutMs);
    this.#account = account;
    this.#fresh = { maxAgeMs: ttlMs, longLivedMaxAgeMs: FINAL_TTL_FACTOR * ttlMs };
    this.#stale = { maxAgeMs: staleIfErrorMs, longLivedMaxAgeMs: staleIfErrorMs };
    this.#retainMs = Math.max(ttlMs, staleIfErrorMs);
    this.#retainFinalMs = Math.max(FINAL_TTL_FACTOR * ttlMs, staleIfErrorMs);
  }

  async page(list: List, page: PageRef, since = NEVER, caller?: Caller): Promise<RowRange<Row>> {
    const space = await this.#space();
    if (space === undefined) return this.#source.page(list, page, since, caller);
    const total = await this.#totalOnly(space, list, page, this.#fresh);
    if (total !== undefined && total.sentAt >= since) return total;
    return this.#flight.join<RowRange<Row>>({
      key: this.#keyOfPage(space, list, page),
      kind: 'page',
      ...this.#fresh,
      since,
      caller,
      read: () => this.#source.page(list, page, since, caller),
      encode: (range) => {
        const { sentAt, answeredAt } = range;
        const bytes = this.#codec.encodePage(range);
        return { bytes, sentAt, answeredAt, retainMs: this.#retainMs, isLongLived: false };
      },
      decode: (value) => this.#pageOf(value, page),
    });
  }

  async stalePage(list: List, page: PageRef): Promise<RowRange<Row> | undefined> {
    const space = await this.#space();
    if (space === undefined) return undefined;
    const found = await this.#lookUpPage(space, list, page, this.#stale);
    return found ?? this.#totalOnly(space, list, page, this.#stale);
  }

  async row(id: string, since = NEVER, caller?: Caller): Promise<TimedRow<Row>> {
    const space = await this.#space();
    if (space === undefined) return this.#source.row(id, since, caller);
    return this.#flight.join<TimedRow<Row>>({
      key: this.#keyOfRow(space, id),
      kind: this.#rowName,
      ...this.#fresh,
      since,
      caller,
      read: () => this.#source.row(id, since, caller),
      encode: ({ row, sentAt }) => {
        const isLongLived = row !== null && (this.definition.isFinal?.(row) ?? false);
        const retainMs = isLongLived ? this.#retainFinalMs : this.#retainMs;
        const bytes = this.#codec.encodeRow(row);
        return { bytes, sentAt, answeredAt: monotonicNow(), retainMs, isLongLived };
      },
      decode: (value) => this.#rowOf(value, id),
    });
  }

  async staleRow(id: string): Promise<TimedRow<Row> | undefined> {
    const space = await this.#space();
    if (space === undefined) return undefined;
    const key = this.#keyOfRow(space, id);
    const value = await this.#values.get(key, this.#stale);
    const found = value && this.#rowOf(value, id);
    if (value !== undefined && found === undefined) await this.#values.drop(key, this.#rowName);
    return found;
  }

  lastTotal(list: List): number | undefined {
    return this.#source.lastTotal(list);
  }

  async cursorKnownSince(list: List, anchor: Anchor, at: MonotonicMs): Promise<MonotonicMs> {
    const space = await this.#space();
    if (space === undefined) return at;
    return this.#times.since(`${space}:${this.#rowName}/cursor/${cursorKey(list, anchor)}`, at);
  }

  #space(): Promise<string | undefined> {
    return this.#account().catch(() => undefined);
  }

  /** Key of a page. Includes the row name, because two families may have lists of the same name. */
  #keyOfPage(space: string, list: List, page: PageRef): string {
    return `${this.#rowName}${this.#codec.version}:${space}:${pageKey(list, page)}`;
  }

  /** Key of a row. Hashes a long id, because an id from a client may be as long as its request. */
  #keyOfRow(space: string, id: string): string {
    const short = id.length <= MAX_ID ? id : hash('sha256', id, 'base64url');
    return `${this.#rowName}${this.#codec.version}:${space}:id/${short}`;
  }

  async #lookUpPage(
    space: string,
    list: List,
    page: PageRef,
    maxAge: MaxAge,
  ): Promise<RowRange<Row> | undefined> {
    const key = this.#keyOfPage(space, list, page);
    const value = await this.#values.get(key, maxAge);
    const range = value && this.#pageOf(value, page);
    if (value !== undefined && range === undefined) await this.#values.drop(key, 'page');
    return range;
  }

  /**
   * Serves a page of one row, which is read for the total alone, from the shared first page. Undefined for any other page, and on a miss.
   */
  async #totalOnly(
    space: string,
    list: List,
    page: PageRef,
    maxAge: MaxAge,
  ): Promise<RowRange<Row> | undefined> {
    if (page.pageNo !== 1 || page.pageSize !== 1) return undefined;
    const firstPage = { pageNo: 1, pageSize: this.definition.maxPageSize };
    const range = await this.#lookUpPage(space, list, firstPage, maxAge);
    return range && { ...range, rows: range.rows.slice(0, 1), last: range.rows.length === 0 };
  }

  /** Decodes a page; undefined if it is unreadable or not this page: another offset, too many rows, or a repeated row. */
  #pageOf({ bytes, sentAt, answeredAt }: SharedValue, page: PageRef): RowRange<Row> | undefined {
    const range = this.#codec.decodePage(bytes);
    if (range === undefined || range.start !== rowsOf(page).start) return undefined;
    const { rows, last } = range;
    if (rows.length > page.pageSize || last !== rows.length < page.pageSize) return undefined;
    const ids = rows.flatMap((row) => row?.id ?? []);
    if (new Set(ids).size < ids.length) return undefined;
    return { ...range, sentAt, answeredAt };
  }

  /** Decodes a row; undefined if it is unreadable or has another id. */
  #rowOf({ bytes, sentAt }: SharedValue, id: string): TimedRow<Row> | undefined {
    const found = this.#codec.decodeRow(bytes);
    return found === undefined || (found.row !== null && found.row.id !== id)
      ? undefined
      : { ...found, sentAt };
  }
}
