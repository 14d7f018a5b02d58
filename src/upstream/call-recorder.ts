import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { UpstreamError } from '../errors.ts';
import type { Observer, UpstreamCallEvent } from '../observer.ts';
import type { TraceSpan } from '../telemetry/trace/tracer.ts';
import { NotFoundError } from './parse-response.ts';
import { UnsendableRequestError } from './transport.ts';

/** The caller of an upstream call. */
export interface CallOwner {
  /** When it is aborted, the call is cancelled and rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the call; undefined for the default deadline of a read. */
  readonly deadlineAt?: MonotonicMs | undefined;
  /** Collects the upstream's ids of the first attempts; undefined when they are not needed. */
  readonly upstreamRequestIds?: string[] | undefined;
  /** Parent of the attempts' spans; undefined when nothing is traced. */
  readonly span?: TraceSpan | undefined;
}

/** Maximum number of request ids that an owner collects. @internal */
export const MAX_REQUEST_IDS = 5;

/** A parsed response to one attempt. */
export interface ReadResponse<Value> {
  readonly value: Value;
  readonly requestId: string | undefined;
}

export type OriginAttributes = ReturnType<typeof originAttributes>;

/** @param origin of the upstream: scheme, host and port */
export function originAttributes(origin: string) {
  const { hostname, port, protocol, href } = new URL(origin);
  return {
    'http.request.method': 'POST',
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    // Without the query, which contains the caller's parameters.
    'url.full': href,
  };
}

/** Records the outcome of each attempt and of the whole call, for the observer, the owner and the trace. */
export class CallRecorder {
  /** When the latest attempt was sent. */
  sentAt: MonotonicMs;
  readonly #action: string;
  readonly #observer: Observer;
  readonly #owner: CallOwner | undefined;
  readonly #origin: OriginAttributes;
  readonly #startedAt: MonotonicMs;
  #attempts = 0;
  #idleSince: MonotonicMs;
  #requestId: string | undefined;

  constructor(action: string, origin: OriginAttributes, observer: Observer, owner: CallOwner | undefined) {
    this.#startedAt = monotonicNow();
    this.sentAt = this.#startedAt;
    this.#idleSince = this.#startedAt;
    this.#action = action;
    this.#origin = origin;
    this.#observer = observer;
    this.#owner = owner;
  }

  /** Runs one attempt. @param send receives its span if the call is traced */
  async attempt<Value>(
    send: (span: TraceSpan | undefined) => Promise<ReadResponse<Value>>,
  ): Promise<ReadResponse<Value>> {
    this.#attempts++;
    this.sentAt = monotonicNow();
    const span = this.#span();
    try {
      const response = await (span === undefined ? send(span) : span.run(() => send(span)));
      this.#record('OK', response.requestId, span);
      return response;
    } catch (error) {
      this.#record(this.#outcomeOf(error), requestIdOf(error), span, detailOf(error));
      throw error;
    }
  }

  /** Records the end of the call. @param error undefined for success */
  end(error?: unknown): void {
    this.#observer.upstreamCall({
      action: this.#action,
      outcome: error === undefined ? 'OK' : this.#outcomeOf(error),
      tries: this.#attempts,
      durationMs: monotonicNow() - this.#startedAt,
      detail: detailOf(error),
      upstreamRequestId: this.#requestId,
    });
  }

  #outcomeOf(error: unknown): UpstreamCallEvent['outcome'] {
    if (error instanceof NotFoundError) return 'NOT_FOUND';
    if (error instanceof UpstreamError) return error.code;
    const signal = this.#owner?.signal;
    return signal?.aborted && error === signal.reason ? 'CANCELLED' : 'INTERNAL_SERVER_ERROR';
  }

  #record(
    outcome: UpstreamCallEvent['outcome'],
    requestId: string | undefined,
    span: TraceSpan | undefined,
    detail?: string,
  ): void {
    this.#idleSince = monotonicNow();
    const durationMs = this.#idleSince - this.sentAt;
    this.#observer.upstreamAttempt({ action: this.#action, outcome, number: this.#attempts, durationMs });
    this.#requestId = requestId;
    const ids = this.#owner?.upstreamRequestIds;
    if (requestId !== undefined && ids !== undefined && ids.length < MAX_REQUEST_IDS) ids.push(requestId);
    if (span === undefined) return;
    span.set('upstream.request_id', requestId);
    span.set('upstream.detail', detail);
    span.end(outcome === 'OK' || outcome === 'NOT_FOUND' ? undefined : outcome);
  }

  /** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span */
  #span(): TraceSpan | undefined {
    return this.#owner?.span?.child(this.#action, 'client', {
      ...this.#origin,
      'http.request.resend_count': this.#attempts > 1 ? this.#attempts - 1 : undefined,
      // Time spent waiting for credentials, a slot or the backoff before a retry.
      'upstream.waited_ms': Math.round(this.sentAt - this.#idleSince),
    });
  }
}

function detailOf(error: unknown): string | undefined {
  if (error instanceof UpstreamError) return error.detail;
  return error instanceof UnsendableRequestError ? error.message : undefined;
}

function requestIdOf(error: unknown): string | undefined {
  if (error instanceof NotFoundError) return error.upstreamRequestId;
  return error instanceof UpstreamError ? error.extensions.upstreamRequestId?.toString() : undefined;
}
