import { monotonicNow } from '../clock.ts';
import type { Observer } from '../observer.ts';
import { type PageRef, rowsOf } from '../paging/cover.ts';
import type { Anchor } from '../paging/cursor.ts';
import type { ImsClient, JobType } from '../upstream/ims.ts';
import type { Caller } from './caller.ts';
import { parseJob } from './job.ts';
import type { ReadListener } from './read-listener.ts';
import type { JobReader, JobSource, TimedJob } from './source.ts';
import type { Row, Span } from './span.ts';

/** Reads from the upstream whatever it is asked for, checks what comes, and keeps none of it. */
export class UpstreamSource implements JobReader, JobSource {
  readonly observer: Observer;
  readonly isShared = false;
  readonly #ims: ImsClient;
  readonly #listener: ReadListener | undefined;
  readonly #totals = new Map<JobType, number>();

  /** @param listener told of all that is read */
  constructor(ims: ImsClient, observer: Observer, listener?: ReadListener) {
    this.#ims = ims;
    this.observer = observer;
    this.#listener = listener;
  }

  async page(type: JobType, page: PageRef, _since?: number, caller?: Caller): Promise<Span> {
    if (caller !== undefined) caller.upstreamCalls++;
    const wire = await this.#ims.listCustomizedVoiceJobs(type, page.pageNo, page.pageSize, caller);
    const rows = withoutRepeats(
      wire.rows.map((row) => parseJob(row, this.observer)),
      this.observer,
    );
    const { totalCount: total, sentAt } = wire;
    this.#totals.set(type, total);
    const last = rows.length < page.pageSize;
    const span = { start: rowsOf(page).start, total, rows, last, sentAt, answeredAt: monotonicNow() };
    this.#listener?.pageRead(type, span);
    return span;
  }

  heldSpan() {
    return undefined;
  }

  heldTotal() {
    return undefined;
  }

  orStale<Value>(_key: string, _stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value> {
    return read();
  }

  staleSpan() {
    return undefined;
  }

  staleTotal() {
    return undefined;
  }

  lastTotal(type: JobType): number | undefined {
    return this.#totals.get(type);
  }

  async job(jobId: string, caller?: Caller): Promise<TimedJob> {
    if (caller !== undefined) caller.upstreamCalls++;
    const { job: row, sentAt } = await this.#ims.getCustomizedVoiceJob(jobId, caller);
    const read = { job: (row && parseJob(row, this.observer)) ?? null, sentAt };
    this.#listener?.jobRead(jobId, read);
    return read;
  }

  jobSince(jobId: string, _since: number, caller?: Caller): Promise<TimedJob> {
    return this.job(jobId, caller);
  }

  heldJob() {
    return undefined;
  }

  async stalePage() {
    return undefined;
  }

  async staleJob() {
    return undefined;
  }

  cursorMade() {}

  cursorKnownSince(_type: JobType, _anchor: Anchor, at: number): number {
    return at;
  }
}

/** A job that stands twice on one page would be two nodes with one id to every client; the first one stays. */
function withoutRepeats(rows: readonly Row[], observer: Observer): Row[] {
  const seen = new Set<string>();
  return rows.map((row) => {
    if (row === undefined || !seen.has(row.jobId)) {
      if (row !== undefined) seen.add(row.jobId);
      return row;
    }
    observer.droppedRow('repeated on its page');
    return undefined;
  });
}
