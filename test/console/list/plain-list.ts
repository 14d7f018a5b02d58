import type { Page, Row } from '../../../console/src/list/segment.ts';

/** A list as the gateway promises it: newest first, with cursors that stay valid while jobs are added and deleted. */
export class PlainList {
  /** Every job that ever existed, in order; only existing ones are on pages. */
  private readonly jobs: { readonly id: string; there: boolean }[] = [];
  private made = 0;

  constructor(count: number) {
    for (let index = 0; index < count; index++) this.insert();
  }

  /** Ids of the existing jobs, from top to bottom. */
  get ids(): string[] {
    return this.jobs.filter(({ there }) => there).map(({ id }) => id);
  }

  insert(): void {
    this.made += 1;
    this.jobs.unshift({ id: `job ${this.made}`, there: true });
  }

  /** Deletes the job at an index; does nothing beyond the end. */
  remove(place: number): void {
    const job = this.jobs.filter(({ there }) => there)[place];
    if (job !== undefined) job.there = false;
  }

  /** Rows from the start or after a cursor. */
  first(count: number, after?: string): Page {
    const from = after === undefined ? 0 : this.placeOf(after) + 1;
    const rest = this.jobs.slice(from).filter(({ there }) => there);
    const hasPrevious = this.jobs.slice(0, from).some(({ there }) => there);
    return this.page(rest.slice(0, count), hasPrevious, rest.length > count);
  }

  /** Rows up to the end or before a cursor. */
  last(count: number, before?: string): Page {
    const to = before === undefined ? this.jobs.length : this.placeOf(before);
    const rest = this.jobs.slice(0, to).filter(({ there }) => there);
    const hasNext = this.jobs.slice(to).some(({ there }) => there);
    return this.page(rest.slice(Math.max(0, rest.length - count)), rest.length > count, hasNext);
  }

  private page(jobs: readonly { readonly id: string }[], hasPrevious: boolean, hasNext: boolean): Page {
    const rows: Row[] = jobs.map(({ id }) => ({ id, cursor: id }));
    return { rows, hasPrevious, hasNext, total: this.ids.length };
  }

  private placeOf(cursor: string): number {
    return this.jobs.findIndex(({ id }) => id === cursor);
  }
}
