import type { Action } from './actions.ts';
import type { Call } from './calls.ts';

/** A fault that replaces the response by another complete one. */
export type ResponseFault =
  /** An error in JSON. `headers` are added to the response, for example `x-acs-retry-after`. */
  | {
      readonly kind: 'error';
      readonly code: string;
      /** HTTP status. */
      readonly status: number;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** An error in XML, as `text/xml;charset=utf-8`. */
  | { readonly kind: 'xml'; readonly code: string; readonly status: number }
  /** A 502 page of an intermediate proxy. */
  | { readonly kind: 'html' }
  /** An empty body. */
  | { readonly kind: 'empty'; readonly status: number }
  /** Status 200 with the JSON text `null`. */
  | { readonly kind: 'nullBody' }
  /** Status 200 with `Success: false` and nothing else; the vendor documents the flag, but not the rest. */
  | { readonly kind: 'notSuccess' }
  /** The first half of the correct response with a matching content-length: valid HTTP, invalid JSON. */
  | { readonly kind: 'cutJson' }
  /** Any body. */
  | { readonly kind: 'body'; readonly status: number; readonly contentType: string; readonly text: string }
  /** The correct response with `Connection: close`. */
  | { readonly kind: 'close' };

/** A fault of the connection, without a complete response. */
export type ConnectionFault =
  /** TCP reset before any byte. */
  | { readonly kind: 'reset' }
  /** The connection ends after the headers and half of the body. Node's clients report ECONNRESET for this, too. */
  | { readonly kind: 'resetMidBody' }
  /** No response; the connection stays open. */
  | { readonly kind: 'hang' }
  /** Headers at once, then one byte every `everyMs` milliseconds, endlessly. */
  | { readonly kind: 'dribble'; readonly everyMs: number }
  /** An endless list of rows, as fast as the client reads. */
  | { readonly kind: 'endless' };

export type Fault = ResponseFault | ConnectionFault;

/** Restricts a fault to some calls; by default it applies to all. */
export interface FaultLimits {
  /** Number of calls after which the fault ends. @default Infinity */
  readonly times?: number;
  readonly action?: Action;
  readonly when?: (call: Call) => boolean;
}

interface ActiveFault {
  readonly fault: Fault;
  readonly limits: FaultLimits;
  left: number;
}

/** The active faults. If several apply to a call, the oldest is used, so faults with `times: 1` form a queue. */
export class ActiveFaults {
  #active: ActiveFault[] = [];

  /** Activates a fault; returns a function that deactivates it, idempotently. */
  add(fault: Fault, limits: FaultLimits): () => void {
    const active = { fault, limits, left: limits.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(active);
    return () => {
      this.#active = this.#active.filter((other) => other !== active);
    };
  }

  clear(): void {
    this.#active = [];
  }

  /** The fault of the next call; null if none is active. */
  get next(): Fault | null {
    return this.#active.find(({ left }) => left >= 1)?.fault ?? null;
  }

  /** Takes the fault for a call, and counts it as used; null if none applies. */
  take(call: Call): Fault | null {
    for (const active of this.#active) {
      const { action, when } = active.limits;
      if (active.left < 1 || (action !== undefined && action !== call.action)) continue;
      if (when !== undefined && !when(call)) continue;
      active.left -= 1;
      return active.fault;
    }
    return null;
  }
}

/** Distinguishes the two families of faults. */
export function isConnectionFault(fault: Fault): fault is ConnectionFault {
  return ['reset', 'resetMidBody', 'hang', 'dribble', 'endless'].includes(fault.kind);
}
