import { type MonotonicMs, monotonicNow } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { Caller } from './caller.ts';
import { type PageRef, rowsOf } from './cover.ts';
import type { PageSource, ReadListener, RowSource, TimedRow } from './page-source.ts';
import type { ListRow, RowRange } from './row-range.ts';

/** Reads everything from the upstream; caches nothing. */
export class DirectSource<List extends string, Row extends ListRow> implements RowSource<List, Row> {
  readonly definition: PageSource<List, Row>;
  readonly observer: Observer;
  readonly #listener: ReadListener<List, Row> | undefined;
  readonly #totals = new Map<List, number>();

  constructor(source: PageSource<List, Row>, observer: Observer, listener?: ReadListener<List, Row>) {
    this.definition = source;
    this.observer = observer;
    this.#listener = listener;
  }

  async page(list: List, page: PageRef, _since?: MonotonicMs, caller?: Caller): Promise<RowRange<Row>> {
    caller?.calls?.add();
    const begunAt = monotonicNow();
    const read = await this.definition.read(list, page, caller);
    const { total } = read;
    // A source that gave an earlier time would be asked again without end by readers that need a younger page.
    const sentAt = Math.max(read.sentAt ?? begunAt, begunAt) as MonotonicMs;
    const rows = this.#withoutRepeats(read.rows);
    this.#totals.set(list, total);
    const last = rows.length < page.pageSize;
    const range = { start: rowsOf(page).start, total, rows, last, sentAt, answeredAt: monotonicNow() };
    this.#listener?.pageRead(list, range);
    return range;
  }

  lastTotal(list: List): number | undefined {
    return this.#totals.get(list);
  }

  async row(id: string, _since?: MonotonicMs, caller?: Caller): Promise<TimedRow<Row>> {
    const { definition } = this;
    if (definition.readById === undefined) throw new Error('the upstream has no lookup by id');
    caller?.calls?.add();
    const read = await definition.readById(id, caller);
    this.#listener?.rowRead(id, read);
    return read;
  }

  /** A row that stands twice on one page would be two nodes with one id to every client; the first one stays. */
  #withoutRepeats(rows: readonly (Row | undefined)[]): (Row | undefined)[] {
    const seen = new Set<string>();
    return rows.map((row) => {
      if (row === undefined) return undefined;
      if (seen.size < seen.add(row.id).size) return row;
      this.observer.droppedRow('repeated on its page');
      return undefined;
    });
  }
}
