import { BoundedNames } from './bounded-names.ts';
import { type Count, Counts } from './counts.ts';

/** Names of operations that have a series of their own: so many of each client with an API key, and of all others together. */
export const MAX_OPERATIONS = 100;

/** Most of those of all others that one client with a token can take. */
const MAX_OF_ONE_TOKEN = 50;

/** Codes that errors may have. There are about twenty. */
const MAX_CODES = 50;

/** Stands for operations without a name. */
const ANONYMOUS = 'anonymous';

/** Stands for requests in which no operation was found: refused ones, and documents that are not valid. */
const NONE = 'none';

/** How often each operation ended with which code. */
export class OperationCounts implements Iterable<Count> {
  readonly #counts = new Counts();
  readonly #names: BoundedNames;
  readonly #codes = new BoundedNames({ shared: MAX_CODES });

  /**
   * @param known names of operations that were registered beforehand; they always have a series of their own
   * @param clients with an API key: their names are reserved
   */
  constructor(known: Iterable<string> = [], clients: Iterable<string> = []) {
    this.#names = new BoundedNames({
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

  [Symbol.iterator](): Iterator<Count> {
    return this.#counts[Symbol.iterator]();
  }
}
