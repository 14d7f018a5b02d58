/** Stands for all names past the bound. */
const OTHER = 'other';

/** Names for a label of a metric that others choose: the first ones stand for themselves, all that come later for `other`. */
export class BoundedNames {
  readonly #most: number;
  readonly #known: Set<string>;

  /** @param known names that are known beforehand and count not against `most` */
  constructor(most: number, known: Iterable<string> = []) {
    this.#known = new Set([OTHER, ...known]);
    this.#most = this.#known.size + most;
  }

  of(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#most) return OTHER;
    this.#known.add(name);
    return name;
  }
}
