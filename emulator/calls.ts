import type { ServerResponse } from 'node:http';
import type { Pair, RpcRequest } from './rpc.ts';

/** A received request. The fields after `requestId` are set while it is served. */
export interface Call {
  /** Time of arrival, in milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  /** Empty if the request has none. */
  readonly action: string;
  /** Parameters of query string and form body; the last value of a repeated name. */
  readonly params: Readonly<Record<string, string>>;
  /** Empty if the request has none. */
  readonly nonce: string;
  /** RequestId of the response, even if none is sent. */
  readonly requestId: string;
  /** `OK`, the vendor's error code, the kind of the applied fault, or `pending`. */
  readonly outcome: string;
  /** Null until a status line is sent. */
  readonly httpStatus: number | null;
  /** Whether the client disconnected before the whole response was sent. */
  readonly aborted: boolean;
}

/** The same call, mutable, for the code that serves it. */
export type OpenCall = { -readonly [Field in keyof Call]: Call[Field] };

/** Records requests and counts those in flight. Grows without limit while recording: for tests only. */
export class CallLog {
  #calls: OpenCall[] = [];
  #inFlight = 0;
  #maxInFlight = 0;
  readonly #recording: boolean;

  constructor(recording: boolean) {
    this.#recording = recording;
  }

  get calls(): readonly Call[] {
    return this.#calls;
  }

  /**
   * Number of requests whose response has not been written to the socket yet. A response that a slow client is still reading
   * no longer counts, so this never exceeds the client's own count.
   */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Maximum of `inFlight` since the start or the last `reset`. */
  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  /** Adds a request that has just arrived, and follows its response to the end. */
  open(request: RpcRequest, requestId: string, res: ServerResponse): OpenCall {
    const call: OpenCall = {
      at: Date.now(),
      method: request.method,
      action: request.action,
      params: paramsOf(request.query ?? []),
      nonce: request.nonce,
      requestId,
      outcome: 'pending',
      httpStatus: null,
      aborted: false,
    };
    if (this.#recording) this.#calls.push(call);
    this.#inFlight += 1;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
    let counted = true;
    const uncount = (): void => {
      if (counted) this.#inFlight -= 1;
      counted = false;
    };
    res.once('prefinish', uncount);
    res.once('close', () => {
      uncount();
      // The emulator itself breaks the connection for these two faults.
      const cutByEmulator = call.outcome === 'reset' || call.outcome === 'resetMidBody';
      call.aborted = !res.writableFinished && !cutByEmulator;
    });
    return call;
  }

  /** Clears the recorded calls and restarts `maxInFlight` at the current number. */
  reset(): void {
    this.#calls = [];
    this.#maxInFlight = this.#inFlight;
  }
}

/** Parameters by name; the last value of a repeated name. */
export function paramsOf(pairs: readonly Pair[]): Record<string, string> {
  return Object.fromEntries(pairs);
}
