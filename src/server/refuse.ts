import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthFailure } from '../auth/auth-result.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { sendRefusal } from './respond.ts';
import { type CommonHeaders, setHeaders } from './routes.ts';

/** What the gateway calls the space that its credentials are for. @see https://www.rfc-editor.org/rfc/rfc9110#section-11.5 */
const REALM = 'realm="voice-jobs"';

/** When a caller whose token cannot be checked may well try again, in seconds. */
const UNCHECKED_RETRY_S = 5;

/** Longest request body that is read to its end for a request that was refused before, so that the connection can go on. */
const MAX_BODY_LEFT = 65_536;

/** Refuses callers, in the words of one gateway. */
export interface Refuse {
  /** 401, or 503 when it could not be found out who asks. Says what lets in, and of no credential what is wrong with it. */
  stranger(
    request: IncomingMessage,
    response: ServerResponse,
    common: CommonHeaders,
    refusal: AuthFailure,
  ): void;
  /**
   * 429 to a caller over its rate limit.
   *
   * @param isGuess whether it has no valid credential: the connection is closed, so that each further guess costs another one
   */
  hasty(
    request: IncomingMessage,
    response: ServerResponse,
    common: CommonHeaders,
    waitMs: number,
    isGuess: boolean,
  ): void;
}

/** @param takes which credentials let in; undefined where none are asked for */
export function createRefuse(takes: Pick<Authenticator, 'takesKeys' | 'takesTokens'> | undefined): Refuse {
  const ways = [
    ...(takes?.takesKeys ? ['an API key as `x-api-key` or as `authorization: Bearer`'] : []),
    ...(takes?.takesTokens ? ['a token as `authorization: Bearer`'] : []),
  ].join(' or ');
  const challenge = (refusal: AuthFailure) => [
    // Clients read from it whether tokens let in, so it is not named for the keys that are taken by it, too.
    ...(takes?.takesTokens ? [bearer(refusal)] : []),
    // There is no registered scheme for keys in a header of their own, and a 401 has to name one.
    ...(takes?.takesKeys ? [`ApiKey ${REALM}`] : []),
  ];

  return {
    stranger(request, response, common, refusal) {
      setHeaders(response, common);
      closeBefore(request, response);
      if (refusal.kind === 'unchecked') {
        response.setHeader('retry-after', UNCHECKED_RETRY_S);
        const message =
          'Tokens cannot be checked now, because the identity provider does not answer. Try again later.';
        sendRefusal(response, 503, 'SERVICE_UNAVAILABLE', message);
        return;
      }
      const what = refusal.kind === 'missing' ? 'No credential was sent.' : 'The credential is not valid.';
      response.setHeader('www-authenticate', challenge(refusal).join(', '));
      sendRefusal(response, 401, 'UNAUTHENTICATED', `${what} Send ${ways}.`);
    },
    hasty(request, response, common, waitMs, isGuess) {
      setHeaders(response, common);
      if (isGuess) response.setHeader('connection', 'close');
      else closeBefore(request, response);
      const seconds = Math.ceil(waitMs / 1000);
      response.setHeader('retry-after', seconds);
      const message = `Too many requests in a minute. Try again in ${seconds} s.`;
      sendRefusal(response, 429, 'RATE_LIMITED', message, { retryAfterMs: Math.ceil(waitMs) });
    },
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function bearer({ kind }: AuthFailure): string {
  return kind === 'token' ? `Bearer ${REALM}, error="invalid_token"` : `Bearer ${REALM}`;
}

/**
 * Closes the connection after the response to a rejected request whose body is long or of unknown length: reading the body
 * to its end would cost more than a new connection.
 */
export function closeBefore({ headers }: IncomingMessage, response: ServerResponse): void {
  const isLong =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_BODY_LEFT;
  if (isLong) response.setHeader('connection', 'close');
}
