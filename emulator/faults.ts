import type { Action } from './actions.ts';
import type { Call } from './calls.ts';

/** A fault that replaces the answer by another complete one. */
export type AnswerFault =
  /** A refusal in JSON. `headers` are added to the answer, e.g. `x-acs-retry-after`. */
  | {
      readonly kind: 'error';
      readonly code: string;
      /** HTTP status. */
      readonly status: number;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A refusal in XML, as `text/xml;charset=utf-8`. */
  | { readonly kind: 'xml'; readonly code: string; readonly status: number }
  /** A 502 page of a proxy in between. */
  | { readonly kind: 'html' }
  /** No body at all. */
  | { readonly kind: 'empty'; readonly status: number }
  /** 200 with the JSON text `null`. */
  | { readonly kind: 'nullBody' }
  /** 200 with `Success: false` and nothing else; the vendor documents the flag but no shape. */
  | { readonly kind: 'notSuccess' }
  /** The first half of the true answer with a matching content-length: HTTP is fine, JSON is not. */
  | { readonly kind: 'cutJson' }
  /** Anything. */
  | { readonly kind: 'body'; readonly status: number; readonly contentType: string; readonly text: string }
  /** The true answer, and `Connection: close` after it. */
  | { readonly kind: 'close' };

/** A fault of the connection: there is no complete answer. */
export type ConnectionFault =
  /** TCP reset before any byte. */
  | { readonly kind: 'reset' }
  /** The connection ends after the headers and half of the body. To node's clients that is ECONNRESET again. */
  | { readonly kind: 'resetMidBody' }
  /** No answer, connection left open. */
  | { readonly kind: 'hang' }
  /** Headers at once, then a byte every `everyMs`, without end. */
  | { readonly kind: 'dribble'; readonly everyMs: number }
  /** A list of rows that never ends, as fast as the client reads. */
  | { readonly kind: 'endless' };

export type Fault = AnswerFault | ConnectionFault;

/** Which calls a fault hits; all of them unless told otherwise. */
export interface FaultLimits {
  /** How many calls, after which the fault is gone. @default Infinity */
  readonly times?: number;
  readonly action?: Action;
  readonly when?: (call: Call) => boolean;
}

interface Placed {
  readonly fault: Fault;
  readonly limits: FaultLimits;
  left: number;
}

/** The faults in force. Of several that fit a call the one placed first strikes, so `times: 1` ones queue up. */
export class FaultBoard {
  #placed: Placed[] = [];

  /** Puts a fault in force and returns what lifts it; lifting twice does nothing. */
  place(fault: Fault, limits: FaultLimits): () => void {
    const placed = { fault, limits, left: limits.times ?? Number.POSITIVE_INFINITY };
    this.#placed.push(placed);
    return () => {
      this.#placed = this.#placed.filter((other) => other !== placed);
    };
  }

  clear(): void {
    this.#placed = [];
  }

  /** The fault that strikes next; null if none is in force. */
  get next(): Fault | null {
    return this.#placed.find(({ left }) => left >= 1)?.fault ?? null;
  }

  /** The fault for this call, counting it as used; null if none fits. */
  take(call: Call): Fault | null {
    for (const placed of this.#placed) {
      const { action, when } = placed.limits;
      if (placed.left < 1 || (action !== undefined && action !== call.action)) continue;
      if (when !== undefined && !when(call)) continue;
      placed.left -= 1;
      return placed.fault;
    }
    return null;
  }
}

/** Tells the two families of faults apart. */
export function isConnectionFault(fault: Fault): fault is ConnectionFault {
  return ['reset', 'resetMidBody', 'hang', 'dribble', 'endless'].includes(fault.kind);
}
