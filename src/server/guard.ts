import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator, Credentials } from '../auth/authenticator.ts';
import { admitted, type Refusal, type Verdict } from '../auth/verdict.ts';
import { Allowance } from './allowance.ts';
import { noteVerdict, verdictOf } from './caller-verdict.ts';
import { credentialsOf } from './credentials.ts';
import type { Limit } from './rate-limit.ts';
import { createRefuse, type Refuse } from './refuse.ts';
import type { CommonHeaders, HeadWriter } from './routes.ts';

/** What a guard looks at. */
export interface GuardOptions {
  /** Undefined: everybody gets in. */
  readonly authenticator: Authenticator | undefined;
  /** For each client; undefined where there is none. */
  readonly limit: Limit | undefined;
}

/**
 * Stands before handlers and lets through who may ask, as often as it may. A request is judged by its head alone, so that
 * nothing is read of the body of one that is refused; and at once, unless there is a limit or a token to check anew.
 */
export class Guard {
  readonly #authenticator: Authenticator | undefined;
  readonly #allowance: Allowance | undefined;
  readonly #refuse: Refuse;

  constructor({ authenticator, limit }: GuardOptions) {
    this.#authenticator = authenticator;
    this.#allowance = limit && new Allowance(limit);
    this.#refuse = createRefuse(authenticator);
  }

  /** For what the limit speaks of. Is the handler itself where nothing is asked. */
  counted(handler: HeadWriter): HeadWriter {
    if (this.#authenticator === undefined && this.#allowance === undefined) return handler;
    return this.#before(handler, true);
  }

  /** For what only has to be kept from strangers; the attempts of those are counted all the same. */
  uncounted(handler: HeadWriter): HeadWriter {
    return this.#authenticator === undefined ? handler : this.#before(handler, false);
  }

  /** Whether anybody is asked who they are. */
  get asksForCredentials(): boolean {
    return this.#authenticator !== undefined;
  }

  /**
   * Judges who comes with credentials that are not in the head of its request, and counts that as a request. What was found
   * out is noted on the request.
   *
   * @returns `waitMs` above 0 when it may not ask now, whoever it is
   */
  async judge(
    request: IncomingMessage,
    credentials: Credentials,
  ): Promise<{ readonly refusal: Refusal | undefined; readonly waitMs: number }> {
    const verdict = (await this.#authenticator?.check(credentials)) ?? ANYBODY;
    noteVerdict(request, verdict);
    return { refusal: verdict.refusal, waitMs: await this.count(request) };
  }

  /** Counts one more request of whoever sent this one. @returns how long it has to wait, in milliseconds; 0 if it need not */
  async count(request: IncomingMessage): Promise<number> {
    return this.#allowance?.waitOf(request, verdictOf(request) ?? ANYBODY, true) ?? 0;
  }

  /** Whether whoever sends these credentials would be let in. One who cannot be judged now is not turned out. */
  admits(credentials: Credentials): boolean | Promise<boolean> {
    const verdict = this.#authenticator?.check(credentials) ?? ANYBODY;
    return verdict instanceof Promise ? verdict.then(mayStay) : mayStay(verdict);
  }

  #before(handler: HeadWriter, isCounted: boolean): HeadWriter {
    const allowance = this.#allowance;

    const go: Judge = (request, response, common, { refusal }) => {
      if (refusal === undefined) return handler(request, response, common);
      this.#refuse.stranger(request, response, common, refusal);
    };

    const count = async (wait: Promise<number>, ...args: Parameters<Judge>) => {
      const waitMs = await wait;
      const [request, response, common] = args;
      if (response.destroyed) return;
      if (waitMs > 0) this.#refuse.hasty(request, response, common, waitMs);
      else await go(...args);
    };

    const judge: Judge = (request, response, common, verdict) => {
      if (response.destroyed) return;
      noteVerdict(request, verdict);
      if (allowance === undefined) return go(request, response, common, verdict);
      return count(allowance.waitOf(request, verdict, isCounted), request, response, common, verdict);
    };

    return (request, response, common) => {
      const verdict = this.#authenticator?.check(credentialsOf(request)) ?? ANYBODY;
      if (!(verdict instanceof Promise)) return judge(request, response, common, verdict);
      return verdict.then((late) => judge(request, response, common, late));
    };
  }
}

/** Goes on with a request, knowing who sends it. */
type Judge = (
  request: IncomingMessage,
  response: ServerResponse,
  common: CommonHeaders,
  verdict: Verdict,
) => void | Promise<void>;

const ANYBODY = admitted(undefined);

function mayStay({ refusal }: Verdict): boolean {
  return refusal === undefined || refusal.kind === 'unchecked';
}
