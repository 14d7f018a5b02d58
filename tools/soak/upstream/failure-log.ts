/** A period of upstream failure, in milliseconds of `performance.now()`. */
interface Failure {
  readonly name: string;
  readonly fromMs: number;
  toMs: number;
}

/** Time the gateway may take to recover after the upstream has, in milliseconds. */
export const RECOVERY_MS = 5000;

/** Periods in which the upstream failed. */
export class FailureLog {
  readonly #failures: Failure[] = [];

  /** Name of the current failure; undefined if there is none. */
  get fault(): string | undefined {
    const last = this.#failures.at(-1);
    return last?.toMs === Number.POSITIVE_INFINITY ? last.name : undefined;
  }

  begin(name: string): void {
    this.#failures.push({ name, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY });
  }

  end(): void {
    const last = this.#failures.at(-1);
    if (last !== undefined) last.toMs = performance.now();
  }

  /** Whether a failure excuses an error of a request that started at `fromMs` and ends now. */
  excuses(fromMs: number): boolean {
    return this.#failures.some(({ toMs }) => fromMs <= toMs + RECOVERY_MS);
  }
}
