import type { Timed } from '../cache/memory-store.ts';
import type { Observer } from '../observer.ts';
import type { PageRef } from '../paging/cover.ts';
import type { Anchor } from '../paging/cursor.ts';
import type { Window } from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import type { Caller } from './caller.ts';
import type { VoiceJob } from './job.ts';
import type { Span } from './span.ts';

/** What a total was read with. */
export interface TimedTotal extends Timed {
  readonly total: number;
}

/** A job as it was read; null stands for an id that the upstream does not know. */
export interface TimedJob extends Timed {
  readonly job: VoiceJob | null;
}

/** Reads jobs. What nobody else waits for is broken off when its caller leaves. */
export interface JobReader {
  readonly observer: Observer;

  /**
   * @param since a page that was asked for before this will not do; without it, one may be as old as is allowed
   * @throws UpstreamError
   */
  page(type: JobType, page: PageRef, since?: number, caller?: Caller): Promise<Span>;
  /**
   * Null when there is no such job.
   *
   * @param since one that was asked for before this will not do
   * @throws UpstreamError
   */
  jobSince(jobId: string, since: number, caller?: Caller): Promise<TimedJob>;
  /** A page that is known elsewhere, as old as one may be while the upstream fails. */
  stalePage(type: JobType, page: PageRef): Promise<Span | undefined>;
  /** As {@link stalePage}, a job. */
  staleJob(jobId: string): Promise<TimedJob | undefined>;
  /** As far as others know. @param at what is known here: nothing later is answered */
  cursorKnownSince(type: JobType, anchor: Anchor, at: number): number | Promise<number>;
}

/**
 * Where jobs come from; lives as long as the gateway. What nobody else waits for is broken off when its caller leaves.
 * Times are those of `performance.now()`, in milliseconds.
 */
export interface JobSource {
  readonly observer: Observer;
  /** Whether what is read outlives its request, so that it pays to read pages that others will want too. */
  readonly isShared: boolean;

  /**
   * @param since a page that was asked for before this will not do; without it, one may be as old as is allowed
   * @throws UpstreamError
   */
  page(type: JobType, page: PageRef, since?: number, caller?: Caller): Promise<Span>;
  /** A span at hand that holds a window and is not too old. */
  heldSpan(type: JobType, window: Window): Span | undefined;
  /** Reads, or takes what is at hand while the upstream fails; see StaleReads. */
  orStale<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value>;
  /** As {@link heldSpan}, for as old as one may be while the upstream fails. */
  staleSpan(type: JobType, window: Window): Span | undefined;
  /** As {@link heldTotal}, for as old as one may be while the upstream fails. */
  staleTotal(type: JobType): TimedTotal | undefined;
  /** The length of a list at hand that is not too old. */
  heldTotal(type: JobType): TimedTotal | undefined;
  /**
   * The length of a list when a page of it was last read; undefined before the first. However old: good for choosing how
   * to read, never for an answer.
   */
  lastTotal(type: JobType): number | undefined;

  /** Null when there is no such job. One at hand may do while the upstream fails. @throws UpstreamError */
  job(jobId: string, caller?: Caller): Promise<TimedJob>;
  /** As {@link job}, but one that was asked for before `since` will not do, whatever fails. @throws UpstreamError */
  jobSince(jobId: string, since: number, caller?: Caller): Promise<TimedJob>;
  /** A job at hand that is not too old. */
  heldJob(jobId: string): TimedJob | undefined;

  /** Remembers that a cursor was made from rows that had been read by then. */
  cursorMade(type: JobType, anchor: Anchor, at: number): void;
  /**
   * When a cursor had been made at the latest: rows that were asked for since are younger than it.
   *
   * @param cameAt when it came with a request
   */
  cursorKnownSince(type: JobType, anchor: Anchor, cameAt: number): number | Promise<number>;
}
