/**
 * A list of many millions of rows, inserted at the top and removed anywhere. Rows are numbered from the oldest, so only
 * removed rows take memory.
 */
export class LongList {
  /** Number of the next row. */
  #next: number;
  /** Removed rows in ascending order. */
  #removed: readonly number[] = [];

  constructor(rows: number) {
    this.#next = rows;
  }

  get total(): number {
    return this.#next - this.#removed.length;
  }

  insert(rows: number): void {
    this.#next += rows;
  }

  /** @param offsets of rows in the current list, 0 for the newest; duplicates count once */
  remove(offsets: readonly number[]): void {
    const removed = new Set(offsets.map((offset) => this.#at(offset)));
    this.#removed = [...this.#removed, ...removed].sort((one, other) => one - other);
  }

  /** The rows of a page, newest first. @param pageNo 1-based */
  page(pageNo: number, pageSize: number): number[] {
    const start = (pageNo - 1) * pageSize;
    const rows: number[] = [];
    if (start >= this.total) return rows;
    let row = this.#at(start);
    let removed = this.#removedBelow(row) - 1;
    for (; row >= 0 && rows.length < pageSize; row--) {
      if (this.#removed[removed] === row) removed--;
      else rows.push(row);
    }
    return rows;
  }

  /** The row at an offset from the top. */
  #at(offset: number): number {
    const rank = this.total - 1 - offset;
    // Adds the number of removed rows below the result: those with at most `rank` remaining rows below them.
    return rank + this.#first((removed, index) => removed - index > rank);
  }

  #removedBelow(row: number): number {
    return this.#first((removed) => removed > row);
  }

  /** Index of the first removed row for which `isBeyond` is true; it must be true for all later ones (binary search). */
  #first(isBeyond: (removed: number, index: number) => boolean): number {
    let [low, high] = [0, this.#removed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBeyond(this.#removed[middle] as number, middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
