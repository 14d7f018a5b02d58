import { BoundedNames } from './bounded-names.ts';
import { type Count, Counts } from './counts.ts';

/** Names of operations that have a series of their own; clients choose them. */
export const MAX_OPERATIONS = 100;

/** Codes that errors may have. There are about twenty. */
const MAX_CODES = 50;

/** Stands for operations without a name. */
const ANONYMOUS = 'anonymous';

/** Stands for requests in which no operation was found: refused ones, and documents that are not valid. */
const NONE = 'none';

/** How often each operation ended with which code. */
export class OperationCounts implements Iterable<Count> {
  readonly #counts = new Counts();
  readonly #names = new BoundedNames(MAX_OPERATIONS, [ANONYMOUS, NONE]);
  readonly #codes = new BoundedNames(MAX_CODES);

  constructor() {
    // So that the first one is an increase, and not a series that begins.
    this.#counts.cell([NONE, 'INTERNAL_SERVER_ERROR']);
  }

  /** @param name of an operation of a valid document; empty where it has none; undefined where there is no operation */
  add(name: string | undefined, code: string): void {
    const operation = name === undefined ? NONE : name === '' ? ANONYMOUS : this.#names.of(name);
    this.#counts.add([operation, this.#codes.of(code)]);
  }

  [Symbol.iterator](): Iterator<Count> {
    return this.#counts[Symbol.iterator]();
  }
}
