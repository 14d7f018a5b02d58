import { Counter, type LabelledCount } from './metric-set.ts';

const OTHER = 'other';

interface LabelBounds {
  /** Names that nobody has reserved, of all callers together. */
  readonly shared: number;
  /** Most of those that one named caller can take, so that one alone leaves room for others. @default all of them */
  readonly sharedOfOne?: number;
  /** Names that always stand for themselves and count against no bound. */
  readonly known?: Iterable<string>;
  /** Callers that are known beforehand; each has as many names of its own as `shared`, which nobody else can use up. */
  readonly reservedFor?: Iterable<string>;
}

/**
 * Limits the values of a metric label that callers choose. The first names stand for themselves, later ones for `other`. A name
 * that has a series keeps it: a counter that vanished and came back would look like a restart.
 */
export class LabelLimiter {
  readonly #names: Set<string>;
  readonly #reservedFor: ReadonlySet<string>;
  /** Names that each caller may still add; {@link #leftOfOne} for one that is missing. */
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

  /** @param caller who chose the name; undefined for one without a name */
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

/** Operations with a series of their own: of each client with an API key, and of all others together. @internal */
export const MAX_OPERATIONS = 100;

/** Most of those of all others that one client with a token can take. */
const MAX_OF_ONE_TOKEN = 50;

const MAX_CODES = 50;

const ANONYMOUS = 'anonymous';

/** Requests without an operation: rejected ones, and documents that are not valid. */
const NONE = 'none';

/** Counts how often each operation ended with which code. */
export class OperationCounter implements Iterable<LabelledCount> {
  readonly #counts = new Counter();
  readonly #names: LabelLimiter;
  readonly #codes = new LabelLimiter({ shared: MAX_CODES });

  /**
   * @param known names of operations that were registered beforehand; they always have a series of their own
   * @param clients with an API key: their names are reserved
   */
  constructor(known: Iterable<string> = [], clients: Iterable<string> = []) {
    this.#names = new LabelLimiter({
      shared: MAX_OPERATIONS,
      sharedOfOne: MAX_OF_ONE_TOKEN,
      known: [ANONYMOUS, NONE, ...known],
      reservedFor: clients,
    });
    // So that the first one is an increase, and not a series that begins.
    this.#counts.cell([NONE, 'INTERNAL_SERVER_ERROR']);
  }

  /**
   * @param name of an operation of a valid document; empty where it has none; undefined where there is no operation
   * @param client who asked; undefined for a caller without a name
   */
  add(name: string | undefined, code: string, client?: string): void {
    const operation = name === undefined ? NONE : name === '' ? ANONYMOUS : this.#names.of(name, client);
    this.#counts.add([operation, this.#codes.of(code)]);
  }

  [Symbol.iterator](): Iterator<LabelledCount> {
    return this.#counts[Symbol.iterator]();
  }
}

/** Calls a function once for each key, and no more once there were `max` keys. */
export function logOnce(max: number): (key: string, log: () => void) => void {
  const seen = new Set<string>();
  return (key, log) => {
    if (seen.has(key) || seen.size >= max) return;
    seen.add(key);
    log();
  };
}
