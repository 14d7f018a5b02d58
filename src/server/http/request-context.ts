import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AuthResult } from '../../auth/auth-result.ts';
import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import type { Caller } from '../../paging/caller.ts';
import type { RequestTrace, TraceSpan } from '../../telemetry/trace/tracer.ts';

/** How a request to GraphQL ended. */
export interface Outcome {
  /** Name of the operation in a valid document; empty where it has none; undefined where no operation was found. */
  readonly operation: string | undefined;
  /** `OK`, or `extensions.code` of the first error. */
  readonly code: string;
  /** Whether the response is a stream, whose duration says nothing. */
  readonly isStream?: boolean;
  /** Label of `voicejobs_http_requests_rejected_total` where the code does not tell it. */
  readonly reason?: string | undefined;
}

/** A connection that is to become a WebSocket. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What the client has sent beyond the head. */
  readonly head: Buffer;
}

/** Answers one request. May take its time; a rejection is answered with 500 and logged. */
export type Handler = (context: RequestContext) => void | Promise<void>;

/** Paths that speak GraphQL. */
export const GRAPHQL_PATHS: ReadonlySet<string> = new Set(['/graphql', '/subgraph']);

/** Paths that orchestrators ask: served even during shutdown and under any host name, logged at debug level. */
export const PROBES: ReadonlySet<string> = new Set(['/health', '/ready']);

/** Headers that every response carries: names and values by turns, as `writeHead` takes them. */
export type CommonHeaders = readonly string[];

/** Finds the address of a client, as in `192.0.2.1` or `2001:db8:0:1::/64`; empty when the socket is gone. */
export type ClientAddress = (request: IncomingMessage) => string;

/** A request, its response, and what the gateway finds out about them. The listener makes one for each request. */
export class RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The request target before its query, not decoded. */
  readonly path: string;
  /** Sent as `x-request-id` and logged. */
  readonly requestId: string;
  readonly startedAt: MonotonicMs = monotonicNow();
  /** Headers of the response, whoever makes it. */
  headers: CommonHeaders = [];
  /** Undefined for a request whose caller nobody asked for credentials. */
  auth: AuthResult | undefined = undefined;
  /** The last one counts; undefined where it did not come to GraphQL. */
  outcome: Outcome | undefined = undefined;
  /** For whom an operation is executed, with the upstream calls made for it; undefined where none is. */
  caller: Caller | undefined = undefined;
  /** Undefined where requests are not traced. */
  trace: RequestTrace | undefined = undefined;
  /** Undefined for a request that is answered with a response. */
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

  /** Address of the client: what requests are counted by that have no client. Found when it is asked for. */
  get address(): string {
    return this.#addressOf(this.request);
  }

  /** What the caller is counted by: its client's id where it has one, its address where not. */
  get clientKey(): string {
    return this.auth?.client?.id ?? this.address;
  }

  /** Display name of the client in log lines, traces and metric labels. */
  get clientName(): string | undefined {
    return this.auth?.client?.name;
  }

  /** The query of the request target, without the question mark; empty where there is none. */
  get query(): string {
    return splitTarget(this.request)[1];
  }

  /** Begins the span of the request of a caller who was let in, unless it has begun; undefined where it is not recorded. */
  beginSpan(): TraceSpan | undefined {
    return this.trace?.begin(true);
  }
}

function splitTarget({ url = '/' }: IncomingMessage): [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

/** The caller's own id where it is short and harmless, else a new one. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Longest name of an operation in the log and in traces, in characters: names may be as long as a document. */
const MAX_NAME_LENGTH = 80;

/** The name of an operation as logs and traces show it; undefined where it has none. */
export function displayedName(operation: string | undefined): string | undefined {
  return operation?.slice(0, MAX_NAME_LENGTH) || undefined;
}
