import { Counter, type LabelledValue } from './metric-set.ts';

const OTHER = 'other';

/** Limits of the values of a label. */
interface LabelBounds {
  /** Maximum number of unreserved values of all callers together. */
  readonly shared: number;
  /** Maximum share of one named caller, so that it cannot use up the shared values. @default `shared` */
  readonly sharedOfOne?: number;
  /** Values that are always exposed and count against no limit. */
  readonly known?: Iterable<string>;
  /** Known callers. Each has `shared` values reserved for itself. */
  readonly reservedFor?: Iterable<string>;
}

/**
 * Limits the number of values of a label that callers choose. Values beyond the limit become `other`. A value that has a series keeps
 * it: a counter that disappears and returns would look like a restart.
 */
export class LabelLimiter {
  readonly #names: Set<string>;
  readonly #reservedFor: ReadonlySet<string>;
  /** Remaining values of each caller; {@link #leftOfOne} for a caller that is missing. */
  readonly #leftOf: Map<string, number>;
  readonly #leftOfOne: number;
  #leftOfAll: number;

  constructor({ shared, sharedOfOne = shared, known = [], reservedFor = [] }: LabelBounds) {
    this.#names = new Set([OTHER, ...known]);
    this.#reservedFor = new Set(reservedFor);
    this.#leftOf = new Map([...this.#reservedFor].map((caller) => [caller, shared]));
    this.#leftOfOne = sharedOfOne;
    this.#leftOfAll = shared;
  }

  /** The label value for a name: the name itself, or `other`. @param caller that chose the name; undefined for an anonymous one */
  of(name: string, caller?: string): string {
    if (this.#names.has(name)) return name;
    const isReserved = caller !== undefined && this.#reservedFor.has(caller);
    if (!isReserved && this.#leftOfAll === 0) return OTHER;
    if (caller !== undefined) {
      const left = this.#leftOf.get(caller) ?? this.#leftOfOne;
      if (left === 0) return OTHER;
      this.#leftOf.set(caller, left - 1);
    }
    if (!isReserved) this.#leftOfAll--;
    this.#names.add(name);
    return name;
  }
}

/** Maximum number of operations with a series: for each client with an API key, and for all others together. @internal */
export const MAX_OPERATIONS = 100;

/** Maximum share of one client with a token. */
const MAX_OF_ONE_TOKEN = 50;

const MAX_CODES = 50;

const ANONYMOUS = 'anonymous';

/** Operation label of requests without an operation: rejected ones, and invalid documents. */
const NONE = 'none';

/** Counter of GraphQL requests by operation and code. */
export class OperationCounter implements Iterable<LabelledValue> {
  readonly #counts = new Counter();
  readonly #names: LabelLimiter;
  readonly #codes = new LabelLimiter({ shared: MAX_CODES });

  /**
   * @param known names of registered operations, which always have a series
   * @param clients names of clients with an API key, which have reserved series
   */
  constructor(known: Iterable<string> = [], clients: Iterable<string> = []) {
    this.#names = new LabelLimiter({
      shared: MAX_OPERATIONS,
      sharedOfOne: MAX_OF_ONE_TOKEN,
      known: [ANONYMOUS, NONE, ...known],
      reservedFor: clients,
    });
    // Starts at 0, so that increase() sees the first internal error.
    this.#counts.cell([NONE, 'INTERNAL_SERVER_ERROR']);
  }

  /**
   * Counts a request.
   *
   * @param name of an operation in a valid document; empty for an anonymous operation; undefined without an operation
   * @param client undefined for an anonymous caller
   */
  add(name: string | undefined, code: string, client?: string): void {
    const operation = name === undefined ? NONE : name === '' ? ANONYMOUS : this.#names.of(name, client);
    this.#counts.add([operation, this.#codes.of(code)]);
  }

  [Symbol.iterator](): Iterator<LabelledValue> {
    return this.#counts[Symbol.iterator]();
  }
}

/** Returns a function that calls `log` once per key, for at most `max` keys. */
export function logOnce(max: number): (key: string, log: () => void) => void {
  const seen = new Set<string>();
  return (key, log) => {
    if (seen.has(key) || seen.size >= max) return;
    seen.add(key);
    log();
  };
}
