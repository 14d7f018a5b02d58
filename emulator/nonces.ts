/** How long the vendor remembers a nonce, and how far `x-acs-date` may be off. V3 signature documentation. */
export const windowMs = 15 * 60 * 1000;

const generationLimit = 500_000;

/**
 * The nonces of the last 15 minutes.
 *
 * Two generations, the older dropped whole: forgetting costs nothing per request. To bound memory a generation
 * also ends at half a million nonces, so under a benchmark a repeat may go unnoticed after that many requests.
 */
export class NonceStore {
  #current = new Map<string, number>();
  #previous = new Map<string, number>();
  #currentSinceMs = 0;

  /** Remembers the nonce as used at `nowMs`; false if it was used less than 15 minutes before. */
  use(nonce: string, nowMs: number): boolean {
    if (nowMs - this.#currentSinceMs > windowMs || this.#current.size >= generationLimit) {
      this.#previous = this.#current;
      this.#current = new Map();
      this.#currentSinceMs = nowMs;
    }
    const usedAtMs = this.#current.get(nonce) ?? this.#previous.get(nonce);
    if (usedAtMs !== undefined && nowMs - usedAtMs < windowMs) return false;
    this.#current.set(nonce, nowMs);
    return true;
  }
}
