import { type MonotonicMs, monotonicNow } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { Caller } from '../paging/caller.ts';
import { type PageRef, rowsOf } from '../paging/cover.ts';
import type { RowRange } from '../paging/row-range.ts';
import type { ImsClient, JobType } from '../upstream/ims.ts';
import { parseJob, type VoiceJob } from './job.ts';
import type { JobSource, ReadListener, TimedJob } from './source.ts';

/** Reads everything from the upstream and parses it; caches nothing. */
export class UpstreamSource implements JobSource {
  readonly observer: Observer;
  readonly #ims: ImsClient;
  readonly #listener: ReadListener | undefined;
  readonly #totals = new Map<JobType, number>();

  constructor(ims: ImsClient, observer: Observer, listener?: ReadListener) {
    this.#ims = ims;
    this.observer = observer;
    this.#listener = listener;
  }

  async page(
    type: JobType,
    page: PageRef,
    _since?: MonotonicMs,
    caller?: Caller,
  ): Promise<RowRange<VoiceJob>> {
    caller?.calls?.add();
    const wire = await this.#ims.listCustomizedVoiceJobs(type, page.pageNo, page.pageSize, caller);
    const rows = this.#withoutRepeats(wire.rows.map((row) => parseJob(row, this.observer)));
    const { totalCount: total } = wire;
    this.#totals.set(type, total);
    const last = rows.length < page.pageSize;
    const sentAt = wire.sentAt as MonotonicMs;
    const range = { start: rowsOf(page).start, total, rows, last, sentAt, answeredAt: monotonicNow() };
    this.#listener?.pageRead(type, range);
    return range;
  }

  lastTotal(type: JobType): number | undefined {
    return this.#totals.get(type);
  }

  async job(jobId: string, _since?: MonotonicMs, caller?: Caller): Promise<TimedJob> {
    caller?.calls?.add();
    const { job: row, sentAt } = await this.#ims.getCustomizedVoiceJob(jobId, caller);
    const read = { job: (row && parseJob(row, this.observer)) ?? null, sentAt: sentAt as MonotonicMs };
    this.#listener?.jobRead(jobId, read);
    return read;
  }

  /** A job that stands twice on one page would be two nodes with one id to every client; the first one stays. */
  #withoutRepeats(rows: readonly (VoiceJob | undefined)[]): (VoiceJob | undefined)[] {
    const seen = new Set<string>();
    return rows.map((row) => {
      if (row === undefined) return undefined;
      if (seen.size < seen.add(row.jobId).size) return row;
      this.observer.droppedRow('repeated on its page');
      return undefined;
    });
  }
}
