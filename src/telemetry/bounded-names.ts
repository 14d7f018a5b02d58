/** Stands for all names past the bound. */
const OTHER = 'other';

/** How many names may have a series of their own, and whose they are. */
export interface NameBounds {
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
 * Limits the values of a metric label that callers choose. The first names stand for themselves, later ones for `other`. A
 * name that has a series keeps it: a counter that vanished and came back would look like a restart. So no flood of names
 * evicts a known name, one that was counted before, or the names that a reserved caller has yet to use.
 */
export class BoundedNames {
  readonly #names: Set<string>;
  /** Names that each reserved caller may still add. */
  readonly #reserved: Map<string, number>;
  /** Shared names that each other named caller has added. */
  readonly #taken = new Map<string, number>();
  readonly #sharedOfOne: number;
  #left: number;

  constructor({ shared, sharedOfOne = shared, known = [], reservedFor = [] }: NameBounds) {
    this.#names = new Set([OTHER, ...known]);
    this.#reserved = new Map([...reservedFor].map((caller) => [caller, shared]));
    this.#sharedOfOne = sharedOfOne;
    this.#left = shared;
  }

  /** @param caller who chose the name; undefined for one without a name */
  of(name: string, caller?: string): string {
    if (this.#names.has(name)) return name;
    if (!this.#admits(caller)) return OTHER;
    this.#names.add(name);
    return name;
  }

  #admits(caller: string | undefined): boolean {
    const reserved = caller === undefined ? undefined : this.#reserved.get(caller);
    if (caller !== undefined && reserved !== undefined) {
      if (reserved > 0) this.#reserved.set(caller, reserved - 1);
      return reserved > 0;
    }
    if (this.#left === 0) return false;
    if (caller !== undefined) {
      const taken = this.#taken.get(caller) ?? 0;
      if (taken >= this.#sharedOfOne) return false;
      this.#taken.set(caller, taken + 1);
    }
    this.#left--;
    return true;
  }
}
