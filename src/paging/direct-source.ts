import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { describeHeld, UpstreamError } from '../errors.ts';
import { isTotal, MAX_TOTAL } from '../foreign-values.ts';
import type { Caller } from './caller.ts';
import { type PageRef, rowsOf } from './cover.ts';
import { MAX_CURSOR_CODES, MAX_SECOND } from './cursor.ts';
import type { ListObserver, Page, PageSource, ReadListener, RowSource, TimedRow } from './page-source.ts';
import type { ListRow, RowRange } from './row-range.ts';

/** Source that reads every page and row from the upstream, without a cache. Validates the responses. */
export class DirectSource<List extends string, Row extends ListRow> implements RowSource<List, Row> {
  readonly definition: PageSource<List, Row>;
  readonly observer: ListObserver;
  readonly #listener: ReadListener<List, Row> | undefined;
  readonly #totals = new Map<List, number>();

  /** @throws TypeError for an invalid definition, with the allowed values */
  constructor(source: PageSource<List, Row>, observer: ListObserver, listener?: ReadListener<List, Row>) {
    checkDefinition(source);
    this.definition = source;
    this.observer = observer;
    this.#listener = listener;
  }

  /** @throws TypeError for a row with an invalid creation time */
  async page(list: List, page: PageRef, _since?: MonotonicMs, caller?: Caller): Promise<RowRange<Row>> {
    caller?.calls?.add();
    const begunAt = monotonicNow();
    const read = await this.definition.read(list, page, caller);
    checkPage(read, page);
    const { total } = read;
    const rows = this.#withoutRepeats(read.rows);
    this.#totals.set(list, total);
    const last = rows.length < page.pageSize;
    const { start } = rowsOf(page);
    const range = { start, total, rows, last, sentAt: sentAt(read, begunAt), answeredAt: monotonicNow() };
    this.#listener?.pageRead(list, range);
    return range;
  }

  lastTotal(list: List): number | undefined {
    return this.#totals.get(list);
  }

  async row(id: string, _since?: MonotonicMs, caller?: Caller): Promise<TimedRow<Row>> {
    const { definition } = this;
    if (definition.readById === undefined) throw new TypeError('the lists have no `readById`');
    caller?.calls?.add();
    const begunAt = monotonicNow();
    const found = await definition.readById(id, caller);
    const read = { row: found.row, sentAt: sentAt(found, begunAt) };
    this.#listener?.rowRead(id, read);
    return read;
  }

  /** Drops rows that are repeated on their page, because clients expect each id once. Keeps the first one. */
  #withoutRepeats(rows: readonly (Row | undefined)[]): (Row | undefined)[] {
    const seen = new Set<string>();
    return rows.map((row) => {
      if (row === undefined) return undefined;
      checkTime(row);
      if (seen.size < seen.add(row.id).size) return row;
      this.observer.droppedRow('repeated on its page');
      return undefined;
    });
  }
}

/** When a read was sent, at least `begunAt`: an earlier time would make readers that need a newer page repeat it endlessly. */
function sentAt(read: Pick<Page<ListRow>, 'sentAt'>, begunAt: MonotonicMs): MonotonicMs {
  return Math.max(read.sentAt ?? begunAt, begunAt) as MonotonicMs;
}

/** @throws TypeError */
function checkDefinition({ lists, maxPageSize, cursorCode = 0 }: PageSource<string, ListRow>): void {
  const given = JSON.stringify(lists);
  if (lists.length === 0 || new Set(lists).size < lists.length || lists.includes('All'))
    throw new TypeError(`lists: ${given}. Expected at least one name, each once, and none that is "All".`);
  // A page must have room for its cursor's row and another one.
  if (!Number.isInteger(maxPageSize) || maxPageSize < 2)
    throw new TypeError(`maxPageSize of ${given}: ${maxPageSize}. Expected a whole number from 2 on.`);
  const end = cursorCode + 2 * lists.length;
  if (!Number.isInteger(cursorCode) || cursorCode < 0 || end > MAX_CURSOR_CODES)
    throw new TypeError(
      `cursorCode of ${given}: ${cursorCode}. Expected a whole number from 0 to ${MAX_CURSOR_CODES - 2 * lists.length}: it and the next ${2 * lists.length - 1} name the lists in cursors.`,
    );
}

/** @throws UpstreamError for more rows than requested, or an invalid total */
function checkPage({ total, rows }: Page<ListRow>, { pageSize }: PageRef): void {
  if (rows.length > pageSize)
    throw unreadable(`${rows.length} rows; expected at most ${pageSize}, as requested`);
  if (!isTotal(total))
    throw unreadable(`total: ${describeHeld(total)}; expected a whole number from 0 to ${MAX_TOTAL - 1}`);
}

function unreadable(detail: string): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_RESPONSE', { detail });
}

/** @throws TypeError for milliseconds, fractions, and times that do not fit into a cursor */
function checkTime({ id, createdSecond: second }: ListRow): void {
  if (second === null || (Number.isInteger(second) && second >= 0 && second <= MAX_SECOND)) return;
  throw new TypeError(
    `createdSecond of row ${JSON.stringify(id)}: ${second}. Expected whole seconds since 1970, 0 to ${MAX_SECOND}, or null.`,
  );
}
