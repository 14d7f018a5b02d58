/** A time during which the upstream failed, in milliseconds of `performance.now()`. */
interface Spell {
  readonly name: string;
  readonly fromMs: number;
  toMs: number;
}

/** How long the gateway may take to be itself again after the upstream is, in milliseconds. */
export const RECOVERY_MS = 5000;

/** When the upstream failed and when it did not. */
export class Weather {
  readonly #spells: Spell[] = [];

  /** What is wrong now; undefined while all is well. */
  get trouble(): string | undefined {
    const last = this.#spells.at(-1);
    return last?.toMs === Number.POSITIVE_INFINITY ? last.name : undefined;
  }

  begin(name: string): void {
    this.#spells.push({ name, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY });
  }

  end(): void {
    const last = this.#spells.at(-1);
    if (last !== undefined) last.toMs = performance.now();
  }

  /** Whether the upstream's failing excuses an error of a request that began at `fromMs` and has ended now. */
  excuses(fromMs: number): boolean {
    return this.#spells.some(({ toMs }) => fromMs <= toMs + RECOVERY_MS);
  }
}
