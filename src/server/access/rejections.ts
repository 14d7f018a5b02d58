import type { AuthFailure } from '../../auth/auth-result.ts';
import type { Authenticator } from '../../auth/authenticator.ts';
import type { RequestContext } from '../http/request-context.ts';
import { CLOSE_CONNECTION, closeBeforeLongBody, sendError } from '../http/responses.ts';

/** The protection space of the gateway's credentials. @see https://www.rfc-editor.org/rfc/rfc9110#section-11.5 */
const REALM = 'realm="voice-jobs"';

/** Retry-After of a caller whose token cannot be checked, in seconds. */
const UNCHECKED_RETRY_S = 5;

/**
 * 401, or 503 when it could not be found out who asks. Names the credentials that let in, and of an invalid one not what is
 * wrong with it.
 *
 * @param takes which credentials let in
 */
export function sendUnauthorized(
  context: RequestContext,
  refusal: AuthFailure,
  takes: Pick<Authenticator, 'takesKeys' | 'takesTokens'> | undefined,
): void {
  const closing = closeBeforeLongBody(context);
  if (refusal.kind === 'unchecked') {
    const headers = [...closing, 'retry-after', String(UNCHECKED_RETRY_S)];
    const message =
      'Tokens cannot be checked now, because the identity provider does not answer. Try again later.';
    sendError(context, 503, 'SERVICE_UNAVAILABLE', message, { headers });
    return;
  }
  const ways = [
    ...(takes?.takesKeys ? ['an API key as `x-api-key` or as `authorization: Bearer`'] : []),
    ...(takes?.takesTokens ? ['a token as `authorization: Bearer`'] : []),
  ].join(' or ');
  const challenges = [
    // Clients read from it whether tokens let in, so it is not named for the keys that are taken by it, too.
    ...(takes?.takesTokens ? [bearer(refusal)] : []),
    // There is no registered scheme for keys in a header of their own, and a 401 has to name one.
    ...(takes?.takesKeys ? [`ApiKey ${REALM}`] : []),
  ];
  const headers = [...closing, 'www-authenticate', challenges.join(', ')];
  const what = refusal.kind === 'missing' ? 'No credential was sent.' : 'The credential is not valid.';
  sendError(context, 401, 'UNAUTHENTICATED', `${what} Send ${ways}.`, { headers });
}

/** 429. Closes the connection of a caller without a valid credential, so that each further guess costs another one. */
export function sendTooManyRequests(context: RequestContext, waitMs: number): void {
  const isGuess = context.auth?.refusal !== undefined;
  const seconds = Math.ceil(waitMs / 1000);
  const message = `Too many requests in a minute. Try again in ${seconds} s.`;
  sendError(context, 429, 'RATE_LIMITED', message, {
    headers: [
      ...(isGuess ? CLOSE_CONNECTION : closeBeforeLongBody(context)),
      ...['retry-after', String(seconds)],
    ],
    extensions: { retryAfterMs: Math.ceil(waitMs) },
  });
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function bearer({ kind }: AuthFailure): string {
  return kind === 'token' ? `Bearer ${REALM}, error="invalid_token"` : `Bearer ${REALM}`;
}
