/**
 * How long the vendor remembers a nonce, and the maximum deviation of `x-acs-date`, in milliseconds. Source: signature V3.
 */
export const nonceLifetimeMs = 15 * 60 * 1000;

const generationLimit = 500_000;

/**
 * The nonces of the last 15 minutes, in two generations. The older one is dropped as a whole, so that expiry costs nothing
 * per request. A generation also ends at half a million nonces to bound memory; a benchmark may therefore repeat a nonce
 * undetected after that many requests.
 */
export class NonceStore {
  #current = new Map<string, number>();
  #previous = new Map<string, number>();
  #currentSinceMs = 0;

  /** Records the use of a nonce at `nowMs`. Returns false if it was used within the last 15 minutes. */
  use(nonce: string, nowMs: number): boolean {
    if (nowMs - this.#currentSinceMs > nonceLifetimeMs || this.#current.size >= generationLimit) {
      this.#previous = this.#current;
      this.#current = new Map();
      this.#currentSinceMs = nowMs;
    }
    const usedAtMs = this.#current.get(nonce) ?? this.#previous.get(nonce);
    if (usedAtMs !== undefined && nowMs - usedAtMs < nonceLifetimeMs) return false;
    this.#current.set(nonce, nowMs);
    return true;
  }
}
