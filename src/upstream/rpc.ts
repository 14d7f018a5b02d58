import { randomUUID } from 'node:crypto';
import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { UpstreamError } from '../errors.ts';
import { MAX_JSON_BYTES, nameIn } from '../foreign-values.ts';
import type { Observer } from '../observer.ts';
import type { ReplicaNamespace } from '../redis/redis-connection.ts';
import type { TraceSpan } from '../telemetry/trace/tracer.ts';
import {
  type CallOwner,
  CallRecorder,
  type OriginAttributes,
  originAttributes,
  type ReadResponse,
} from './call-recorder.ts';
import { CallScope } from './call-scope.ts';
import type { CredentialCache } from './credential-cache.ts';
import {
  classifyTransportError,
  ExpiredTokenError,
  NotFoundError,
  parseResponse,
  UnreadableFieldError,
} from './parse-response.ts';
import type { ForwardProxy } from './proxy.ts';
import { UpstreamPolicy, type UpstreamState } from './resilience/upstream-policy.ts';
import { type Credentials, sign } from './sign.ts';
import { connectionLimit, type HttpResponse, Transport, TransportError } from './transport.ts';

export interface RpcOptions {
  /** Scheme, host and port, as in `https://ice.cn-shanghai.aliyuncs.com`. */
  readonly origin: string;
  readonly version: string;
  readonly proxy?: ForwardProxy | undefined;
  /** Deadline of a call with all its attempts, waits, credentials and bodies, in milliseconds. */
  readonly deadlineMs: number;
  /** The account's quota, in requests per second. */
  readonly maxRequestsPerSecond: number;
  readonly credentials: CredentialCache;
  /** Enables sharing of the quota between replicas; undefined when this process has it alone. */
  readonly shared?: ReplicaNamespace | undefined;
  readonly observer: Observer;
}

export interface RpcResult<Value> {
  readonly value: Value;
  /** When the request was sent; the value is at least as recent. */
  readonly sentAt: MonotonicMs;
}

/** How to read the response of a call. */
export interface RpcRead<Value> {
  /**
   * Extracts the value from the parsed response. @throws UnreadableFieldError for a field that deviates from the
   * documentation
   */
  readonly response: (body: Readonly<Record<string, unknown>>) => Value;
  /** Whether the requested object always exists, as a list does: a "not found" response is then an error. */
  readonly isAlwaysThere: boolean;
}

type Params = Readonly<Record<string, string>>;

interface AttemptContext {
  readonly credentials: Credentials;
  readonly scope: CallScope;
  readonly span: TraceSpan | undefined;
}

/**
 * Client for RPC-style calls to one endpoint over keep-alive connections. For reads only, because failed calls are retried.
 */
export class RpcClient {
  readonly #policy: UpstreamPolicy;
  readonly #options: RpcOptions;
  readonly #host: string;
  readonly #origin: OriginAttributes;
  readonly #transport: Transport;
  readonly #scopes = new Set<CallScope>();
  #isClosed = false;

  constructor(options: RpcOptions) {
    this.#options = options;
    this.#host = new URL(options.origin).host;
    this.#origin = originAttributes(options.origin);
    this.#policy = new UpstreamPolicy(options.maxRequestsPerSecond, options.observer, options.shared);
    this.#transport = new Transport({
      origin: options.origin,
      proxy: options.proxy,
      maxConnections: connectionLimit(options.maxRequestsPerSecond, options.deadlineMs),
      maxBodyBytes: MAX_JSON_BYTES,
      connectTimeoutMs: options.deadlineMs,
    });
  }

  /**
   * Calls an action and reads its successful response (`Success: true`).
   *
   * @param read a response that it cannot read counts as UPSTREAM_BAD_RESPONSE in log, metrics and trace
   * @throws UpstreamError when no usable response arrived before the deadline, or none can be expected
   * @throws NotFoundError when the upstream does not find the object
   * @throws UnsendableRequestError or another error of this process, which does not count as a fault of the upstream
   * @throws the reason of the owner's signal
   */
  async call<Value>(
    action: string,
    params: Params,
    read: RpcRead<Value>,
    owner?: CallOwner,
  ): Promise<RpcResult<Value>> {
    const recorder = new CallRecorder(action, this.#origin, this.#options.observer, owner);
    try {
      if (this.#isClosed) throw closed();
      const scope = new CallScope(this.#leftMs(owner), owner?.signal);
      this.#scopes.add(scope);
      try {
        const { value } = await this.#policy.run(
          scope,
          () => this.#credentials(scope),
          (credentials) =>
            recorder.attempt((span) => this.#attempt(action, params, read, { credentials, scope, span })),
        );
        recorder.end();
        return { value, sentAt: recorder.sentAt };
      } finally {
        scope.end();
        this.#scopes.delete(scope);
      }
    } catch (error) {
      recorder.end(error);
      throw error;
    }
  }

  get state(): UpstreamState {
    return this.#policy.state;
  }

  /** Number of calls that may be made now without delaying a caller. */
  get spareCalls(): number {
    return this.#policy.spareCalls;
  }

  /** Ends calls in progress with an AbortError, rejects further ones, and closes all connections. */
  close(): void {
    this.#isClosed = true;
    for (const scope of this.#scopes) scope.breakOff(closed());
    this.#policy.close();
    this.#transport.close();
  }

  #leftMs(owner: CallOwner | undefined): number {
    const { deadlineMs } = this.#options;
    if (owner?.deadlineAt === undefined) return deadlineMs;
    return Math.max(0, Math.min(deadlineMs, owner.deadlineAt - monotonicNow()));
  }

  #credentials(scope: CallScope): Credentials | Promise<Credentials> {
    const credentials = this.#options.credentials.get();
    if (!(credentials instanceof Promise)) return credentials;
    return scope.step((resolve, reject) => {
      credentials.then(resolve, reject);
      return () => {};
    });
  }

  async #attempt<Value>(
    action: string,
    params: Params,
    read: RpcRead<Value>,
    { credentials, scope, span }: AttemptContext,
  ): Promise<ReadResponse<Value>> {
    const { path, headers } = sign(
      {
        method: 'POST',
        host: this.#host,
        action,
        version: this.#options.version,
        params,
        date: new Date(),
        nonce: randomUUID(),
      },
      credentials,
    );
    headers.accept = 'application/json';
    // Trace headers are added after signing; they are not part of the signature.
    span?.inject(headers);
    const response = await scope.step<HttpResponse>((done, failed) =>
      this.#transport.send({ method: 'POST', path, headers }, done, (error) =>
        failed(error instanceof TransportError ? classifyTransportError(error) : error),
      ),
    );
    span?.set('http.response.status_code', response.status);
    let requestId: string | undefined;
    try {
      const body = parseResponse(response, this.#onUnknownCode);
      requestId = nameIn(body.RequestId);
      return { value: read.response(body), requestId };
    } catch (error) {
      if (error instanceof ExpiredTokenError) this.#options.credentials.reject(credentials);
      if (error instanceof UnreadableFieldError) throw badResponse(error.message, requestId);
      if (read.isAlwaysThere && error instanceof NotFoundError)
        throw badResponse(`not-found error for a list: ${error.message}`, error.upstreamRequestId);
      throw error;
    }
  }

  readonly #onUnknownCode = (code: string, status: number) =>
    this.#options.observer.unknownErrorCode(code, status);
}

function badResponse(detail: string, upstreamRequestId: string | undefined): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_RESPONSE', { detail, upstreamRequestId });
}

function closed(): DOMException {
  return new DOMException('The upstream client was closed.', 'AbortError');
}
