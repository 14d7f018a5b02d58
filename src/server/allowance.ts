import type { IncomingMessage } from 'node:http';
import type { AuthResult } from '../auth/auth-result.ts';
import { addressOf } from './address.ts';
import type { Limit } from './rate-limit.ts';

/**
 * Applies `LIMIT_REQUESTS_PER_MINUTE`:
 * - An authenticated client is counted by its own id, and by nothing that anybody else can use up.
 * - An anonymous caller is counted by address.
 * - A request without a valid credential is counted by address; a wrong credential also by the group of what was guessed
 *   (`guess.ts`), so that guesses from many addresses share a count.
 *
 * Credentials are checked before this, so a valid one is admitted however many wrong ones came from its address.
 */
export class Allowance {
  readonly #limit: Limit;

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  /**
   * Counts a request.
   *
   * @param isCounted whether the request of an authenticated client counts; one without a valid credential always does
   * @returns how long the caller has to wait, in milliseconds; 0 when the request is within the limit
   */
  async waitOf(
    request: IncomingMessage,
    { client, refusal }: AuthResult,
    isCounted: boolean,
  ): Promise<number> {
    if (client !== undefined) return isCounted ? this.#limit.take(client.id) : 0;
    // The identity provider is away, which is not the caller's doing.
    if (refusal?.kind === 'unchecked') return 0;
    const waitMs = await this.#limit.take(addressOf(request));
    if (waitMs > 0 || refusal?.guess === undefined) return waitMs;
    return this.#limit.take(refusal.guess);
  }
}
