/**
 * A list of up to many millions of rows that come in on top and go anywhere. A row is a number, counted from the oldest, so
 * that only those that are gone take memory.
 */
export class LongList {
  /** One more than the newest row. */
  #next: number;
  /** In ascending order. */
  #gone: readonly number[] = [];

  constructor(rows: number) {
    this.#next = rows;
  }

  get total(): number {
    return this.#next - this.#gone.length;
  }

  insert(rows: number): void {
    this.#next += rows;
  }

  /** @param offsets of rows of the present list, 0 for the newest; an offset given twice counts once */
  remove(offsets: readonly number[]): void {
    const gone = new Set(offsets.map((offset) => this.#at(offset)));
    this.#gone = [...this.#gone, ...gone].sort((one, other) => one - other);
  }

  /** The rows of a page, the newest first. @param pageNo 1-based */
  page(pageNo: number, pageSize: number): number[] {
    const start = (pageNo - 1) * pageSize;
    const rows: number[] = [];
    if (start >= this.total) return rows;
    let row = this.#at(start);
    let gone = this.#goneBelow(row) - 1;
    for (; row >= 0 && rows.length < pageSize; row--) {
      if (this.#gone[gone] === row) gone--;
      else rows.push(row);
    }
    return rows;
  }

  /** The row at an offset from the top. */
  #at(offset: number): number {
    const rank = this.total - 1 - offset;
    // Rows that are gone below the one with this rank: each has at most as many standing rows below it.
    return rank + this.#first((gone, index) => gone - index > rank);
  }

  #goneBelow(row: number): number {
    return this.#first((gone) => gone > row);
  }

  /** The index of the first gone row of which `isBeyond` is true; it stays true from there on. */
  #first(isBeyond: (gone: number, index: number) => boolean): number {
    let [low, high] = [0, this.#gone.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBeyond(this.#gone[middle] as number, middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
