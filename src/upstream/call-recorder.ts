import { UpstreamError } from '../errors.ts';
import type { Observer, UpstreamCallEvent } from '../observer.ts';
import type { TraceSpan } from '../telemetry/trace/tracer.ts';
import { NotFoundError } from './classify.ts';
import { UnsendableRequestError } from './transport.ts';

/** On whose behalf a call is made. */
export interface CallOwner {
  /** When it fires the call is broken off and its reason thrown. */
  readonly signal?: AbortSignal | undefined;
  /** When it is given up at the latest, in milliseconds of `performance.now()`; undefined: at the deadline of a read. */
  readonly deadlineAt?: number | undefined;
  /** Takes the upstream's ids of the first tries, where somebody wants to know them. */
  readonly upstreamRequestIds?: string[] | undefined;
  /** Where the tries belong in a trace; undefined where nothing is traced. */
  readonly span?: TraceSpan | undefined;
}

/** Ids that an owner is given: enough to ask the upstream's support about, few enough for a line of the log. */
export const MAX_REQUEST_IDS = 5;

/** What was read from the response to one try. */
export interface ReadResponse<Value> {
  readonly value: Value;
  /** The upstream's own id of the call, where it is known. */
  readonly requestId: string | undefined;
}

/** Keeps account of one call: tells the observer, the owner and the trace how each try and all of it ended. */
export class CallAccount {
  /** When the last try was sent, in milliseconds of `performance.now()`. */
  sentAt: number;
  readonly #action: string;
  readonly #observer: Observer;
  readonly #owner: CallOwner | undefined;
  readonly #origin: string;
  readonly #startedAt = performance.now();
  #tries = 0;
  /** When the last try ended, or the call began. */
  #idleSince = this.#startedAt;
  #requestId: string | undefined;

  /** @param origin of the upstream: scheme, host and port, for the trace */
  constructor(action: string, origin: string, observer: Observer, owner: CallOwner | undefined) {
    this.sentAt = this.#startedAt;
    this.#action = action;
    this.#origin = origin;
    this.#observer = observer;
    this.#owner = owner;
  }

  /** One try. @param send gets the span that it is, where the call is traced */
  async try<Value>(
    send: (span: TraceSpan | undefined) => Promise<ReadResponse<Value>>,
  ): Promise<ReadResponse<Value>> {
    this.#tries++;
    this.sentAt = performance.now();
    const span = this.#span();
    try {
      const response = await (span === undefined ? send(span) : span.run(() => send(span)));
      this.#tried('OK', response.requestId, span);
      return response;
    } catch (error) {
      this.#tried(this.#outcomeOf(error), requestIdOf(error), span, detailOf(error));
      throw error;
    }
  }

  /** The call has ended. @param error that it ended with; undefined when it did not */
  end(error?: unknown): void {
    this.#observer.upstreamCall({
      action: this.#action,
      outcome: error === undefined ? 'OK' : this.#outcomeOf(error),
      tries: this.#tries,
      durationMs: performance.now() - this.#startedAt,
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

  #tried(
    outcome: UpstreamCallEvent['outcome'],
    requestId: string | undefined,
    span: TraceSpan | undefined,
    detail?: string,
  ): void {
    this.#idleSince = performance.now();
    const durationMs = this.#idleSince - this.sentAt;
    this.#observer.upstreamTry({ action: this.#action, outcome, number: this.#tries, durationMs });
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
    const span = this.#owner?.span;
    if (span === undefined) return undefined;
    const { hostname, port, protocol, href } = new URL(this.#origin);
    return span.child(this.#action, 'client', {
      'http.request.method': 'POST',
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
      // Without the query, which holds what the caller asked for.
      'url.full': href,
      'http.request.resend_count': this.#tries > 1 ? this.#tries - 1 : undefined,
      // Credentials, the turn, the pause before a retry.
      'upstream.waited_ms': Math.round(this.sentAt - this.#idleSince),
    });
  }
}

/** Why a call failed, as far as the text is ours. */
function detailOf(error: unknown): string | undefined {
  if (error instanceof UpstreamError) return error.detail;
  return error instanceof UnsendableRequestError ? error.message : undefined;
}

function requestIdOf(error: unknown): string | undefined {
  if (error instanceof NotFoundError) return error.upstreamRequestId;
  return error instanceof UpstreamError ? error.extensions.upstreamRequestId?.toString() : undefined;
}
