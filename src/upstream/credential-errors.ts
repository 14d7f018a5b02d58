/** A phrase of a message: a fixed text, and what may follow it, as a sticky expression. */
type Phrase = readonly [text: string, tail?: RegExp];

const IN_QUOTES = /'[^'\n]*'/y;
const SYSTEM_ERROR = /[a-z ,]{1,60} '[^'\n]*'/y;

/**
 * Phrases in messages of `@alicloud/credentials` 2.4.7 that may be logged. The rest of a message may quote a response or a file,
 * secrets included: `error retrieving credentials from credentialsURI result: {"AccessKeyId":…`.
 */
const SAFE: readonly Phrase[] = [
  ['unable to get credentials from enviroment variables'],
  ['reading aliyun cli config from ', /'[^'\n]*' failed/y],
  ['parse aliyun cli config from ', /'[^'\n]*' failed/y],
  ['no any configured profiles in ', IN_QUOTES],
  ['unable to get profile with ', IN_QUOTES],
  ['unsupported profile mode'],
  ['cannot found home dir'],
  ['Can not find credential type for ', /"[^"\n]*"/y],
  ['Invalid type option'],
  ['ENOENT: ', SYSTEM_ERROR],
  ['EACCES: ', SYSTEM_ERROR],
  ['EISDIR: ', SYSTEM_ERROR],
  ['the access key ', /(?:id|secret) is (?:empty|invalid)/y],
  ['get role name failed'],
  ['get metadata token failed with ', /\d+/y],
  ['get sts token failed', /(?: with OIDC)?(?:, httpStatus: \d+|, json parse failed)?/y],
  ['refresh session token failed'],
  ['refresh ', /(?:RoleArn|Ecs) sts token err/y],
  ['get session token from ', /(?:CloudSSO|OAuth) failed/y],
  ['CloudSSO access token is empty or expired'],
  ['failed to refresh OAuth token'],
  ['failed to ', /(?:execute|parse) external command/y],
  ['error retrieving credentials from credentialsURI'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'].map(
    (code): Phrase => [code, /\b/y],
  ),
  ['ReadTimeout', /\(\d+\)/y],
  ['ConnectTimeout', /\(\d+\)/y],
];

/** @internal The fixed texts; a test compares them with the sources of the installed library. */
export const SAFE_TEXTS: readonly string[] = SAFE.map(([text]) => text);

/** Every place of a phrase in a message. */
function* placesOf(
  [text, tail = /(?:)/y]: Phrase,
  message: string,
): Generator<{ at: number; found: string }> {
  for (let at = message.indexOf(text); at !== -1; at = message.indexOf(text, at + text.length)) {
    tail.lastIndex = at + text.length;
    if (tail.test(message)) yield { at, found: message.slice(at, tail.lastIndex) };
  }
}

/** A failure of the vendor's chain as an error for the log: what went wrong, without what was read. */
export function chainError(error: unknown): Error {
  const message = String(error instanceof Error ? error.message : error);
  const places = SAFE.flatMap((phrase) => [...placesOf(phrase, message)]).sort((a, b) => a.at - b.at);
  const reasons = [...new Set(places.map(({ found }) => found))];
  return new Error(`the credential chain found nothing: ${reasons.join(', ') || 'no reason known'}`);
}
