import type { TraceSpan } from './span.ts';

/** What became of spans so far. */
export interface SpanCounts {
  /** Taken by the collector. */
  sent: number;
  /** Lost, because too many waited or the collector did not take them. */
  dropped: number;
}

/** Sends a batch. @throws SpansNotTakenError */
export type SendSpans = (spans: readonly TraceSpan[]) => Promise<void>;

/** The collector did not take a batch. */
export class SpansNotTakenError extends Error {
  override readonly name = 'SpansNotTakenError';
  /** Whether another try may help: it was away or busy. */
  readonly mayWork: boolean;

  /** @param message for the log: no URL, no text of the collector's */
  constructor(message: string, mayWork: boolean) {
    super(message);
    this.mayWork = mayWork;
  }
}

/** Spans that may wait: 6 MB. */
const MAX_WAITING = 8192;

/** Spans in one request, about 300 kB. */
const MAX_BATCH = 512;

/** How long a span waits for others to go with it, in milliseconds. */
const GATHER_MS = 250;

/** How long a collector that is away is left alone, in milliseconds; twice as long after each further failure. */
const PAUSE_MS = 2000;
const MAX_PAUSE_MS = 60_000;

/** How long the last spans may take at the end, in milliseconds. */
const FAREWELL_MS = 2000;

/**
 * Keeps spans until they are sent, some at a time and one batch after the other. A collector that is slow or away costs the
 * memory of a few thousand spans, and then those spans; no request ever waits for it.
 */
export class SpanQueue {
  readonly counts: SpanCounts = { sent: 0, dropped: 0 };
  readonly #send: SendSpans;
  readonly #turned: (problem: string | undefined) => void;
  #waiting: TraceSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #pauseMs = 0;

  /** @param turned told when spans cannot be sent any more, and when they can again */
  constructor(send: SendSpans, turned: (problem: string | undefined) => void) {
    this.#send = send;
    this.#turned = turned;
  }

  readonly add = (span: TraceSpan): void => {
    if (this.#waiting.length >= MAX_WAITING) {
      this.counts.dropped++;
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= MAX_BATCH && this.#pauseMs === 0) void this.#sendAll();
    else this.#arm(GATHER_MS);
  };

  /** Sends what waits, as far as that succeeds soon. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FAREWELL_MS);
    });
    await Promise.race([this.#sendAll().then(() => this.#sendAll()), tooLong]);
    clearTimeout(timer);
    clearTimeout(this.#timer);
  }

  #arm(afterMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#sendAll();
    }, afterMs).unref();
  }

  #sendAll(): Promise<void> {
    this.#sending ??= this.#sendBatches().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendBatches(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      try {
        await this.#send(batch);
        this.counts.sent += batch.length;
        if (this.#pauseMs > 0) this.#turned(undefined);
        this.#pauseMs = 0;
      } catch (error) {
        if (!this.#failed(batch, error)) return;
      }
    }
  }

  /** @returns whether it is worth while to go on with the next */
  #failed(batch: readonly TraceSpan[], error: unknown): boolean {
    const { message, mayWork } = error instanceof SpansNotTakenError ? error : unexpected(error);
    if (this.#pauseMs === 0) this.#turned(message);
    this.#pauseMs = Math.min(MAX_PAUSE_MS, Math.max(PAUSE_MS, 2 * this.#pauseMs));
    const room = MAX_WAITING - this.#waiting.length;
    if (mayWork && batch.length <= room) this.#waiting.unshift(...batch);
    else this.counts.dropped += batch.length;
    if (!mayWork) return true;
    this.#arm(this.#pauseMs);
    return false;
  }
}

function unexpected(error: unknown): { readonly message: string; readonly mayWork: boolean } {
  return { message: error instanceof Error ? error.name : 'unknown', mayWork: false };
}
