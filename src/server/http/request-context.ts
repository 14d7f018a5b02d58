import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AuthResult } from '../../auth/auth-result.ts';
import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import type { Caller } from '../../paging/caller.ts';
import type { RequestTrace, TraceSpan } from '../../telemetry/trace/tracer.ts';

/** Result of a GraphQL request, for metrics, log and trace. */
export interface Outcome {
  /** Operation name of a valid document; empty for an anonymous operation; undefined when no operation was found. */
  readonly operation: string | undefined;
  /** `OK`, or `extensions.code` of the first error. */
  readonly code: string;
  /** Whether the response is a stream. Its duration is not recorded as latency. */
  readonly isStream?: boolean;
  /** Label of `voicejobs_http_requests_rejected_total`, where the code does not imply it. */
  readonly reason?: string | undefined;
}

/** A connection to be upgraded to a WebSocket. */
export interface Upgrade {
  readonly socket: Duplex;
  /** Bytes that the client has sent after the request headers. */
  readonly head: Buffer;
}

/** Responds to one request. An error that it throws or rejects with is logged and becomes a 500 response. */
export type Handler = (context: RequestContext) => void | Promise<void>;

/** GraphQL endpoints. */
export const GRAPHQL_PATHS: ReadonlySet<string> = new Set(['/graphql', '/subgraph']);

/** Health checks of orchestrators: served even during shutdown and for any `Host`, logged at debug level. */
export const PROBES: ReadonlySet<string> = new Set(['/health', '/ready']);

/** Response headers as a flat list of alternating names and values, as `writeHead` takes them. */
export type CommonHeaders = readonly string[];

/** Returns the client's address, such as `192.0.2.1` or `2001:db8:0:1::/64`; empty when the socket is closed. */
export type ClientAddress = (request: IncomingMessage) => string;

/** A request, its response, and what the gateway learns about them. The listener creates one for each request. */
export class RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path of the request target, not decoded, without the query string. */
  readonly path: string;
  /** Sent as `x-request-id` and logged. */
  readonly requestId: string;
  readonly startedAt: MonotonicMs = monotonicNow();
  /** Headers of the response, whichever component sends it. */
  headers: CommonHeaders = [];
  /** Undefined for a request whose credentials were not checked. */
  auth: AuthResult | undefined = undefined;
  /** The latest assignment wins; undefined for a request that did not reach GraphQL. */
  outcome: Outcome | undefined = undefined;
  /** The caller for whom an operation is executed, with its upstream calls; undefined when nothing is executed. */
  caller: Caller | undefined = undefined;
  /** Undefined when tracing is off. */
  trace: RequestTrace | undefined = undefined;
  /** Undefined for a request that is not a WebSocket upgrade. */
  upgrade: Upgrade | undefined;
  readonly #addressOf: ClientAddress;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    upgrade: Upgrade | undefined,
    addressOf: ClientAddress,
  ) {
    this.request = request;
    this.response = response;
    this.path = splitTarget(request)[0];
    this.requestId = requestIdOf(request);
    this.upgrade = upgrade;
    this.#addressOf = addressOf;
  }

  /** Client address, by which anonymous callers are counted. Computed on access. */
  get address(): string {
    return this.#addressOf(this.request);
  }

  /** Key for rate limits and quotas: the id of the authenticated client, else the address. */
  get clientKey(): string {
    return this.auth?.client?.id ?? this.address;
  }

  /** Display name of the client in logs, traces and metric labels. */
  get clientName(): string | undefined {
    return this.auth?.client?.name;
  }

  /** Query string of the request target, without the question mark; may be empty. */
  get query(): string {
    return splitTarget(this.request)[1];
  }

  /**
   * Begins the span of the request on behalf of an admitted caller, unless it has begun; undefined when it is not
   * sampled.
   */
  beginSpan(): TraceSpan | undefined {
    return this.trace?.begin(true);
  }
}

function splitTarget({ url = '/' }: IncomingMessage): [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

/** The client's `x-request-id` if it is short and harmless, else a new UUID. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Maximum length of an operation name in logs and traces, in characters: a name may be as long as a document. */
const MAX_NAME_LENGTH = 80;

/** Operation name as logs and traces show it; undefined for an anonymous operation. */
export function displayedName(operation: string | undefined): string | undefined {
  return operation?.slice(0, MAX_NAME_LENGTH) || undefined;
}
