import type { ServerResponse } from 'node:http';
import type { Pair, RpcRequest } from './rpc.ts';

/** One request as the emulator saw it. What comes after `requestId` is filled in while it is answered. */
export interface Call {
  /** Epoch ms of its arrival. */
  readonly at: number;
  readonly method: string;
  /** Empty if the request names none. */
  readonly action: string;
  /** Query string and form body together; of a repeated name the last value. */
  readonly params: Readonly<Record<string, string>>;
  /** Empty if the request has none. */
  readonly nonce: string;
  /** The RequestId it was answered with, or would have been. */
  readonly requestId: string;
  /** `OK`, the vendor's error code, the kind of fault that spoilt it, or `pending` while undecided. */
  readonly outcome: string;
  /** Null as long as no status line was sent. */
  readonly httpStatus: number | null;
  /** The client went away before the answer had been handed over whole. */
  readonly aborted: boolean;
}

/** The same call for the code that answers it. */
export type OpenCall = { -readonly [Field in keyof Call]: Call[Field] };

/** Records every request and counts those under way. Unbounded while recording: meant for tests. */
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
   * Requests received whose answer has not been handed to the socket yet. Never more than the client believes:
   * a body still on its way to a slow reader no longer counts.
   */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The highest `inFlight` since the start or since `reset`. */
  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  /** Opens the record of a request that has just arrived and follows its answer to the end. */
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
    const discount = (): void => {
      if (counted) this.#inFlight -= 1;
      counted = false;
    };
    res.once('prefinish', discount);
    res.once('close', () => {
      discount();
      // These two faults break the connection from our side.
      const cutByUs = call.outcome === 'reset' || call.outcome === 'resetMidBody';
      call.aborted = !res.writableFinished && !cutByUs;
    });
    return call;
  }

  /** Forgets the recorded calls and starts `maxInFlight` anew from those under way. */
  reset(): void {
    this.#calls = [];
    this.#maxInFlight = this.#inFlight;
  }
}

/** Parameters by name; of a repeated name the last one counts. */
export function paramsOf(pairs: readonly Pair[]): Record<string, string> {
  return Object.fromEntries(pairs);
}
