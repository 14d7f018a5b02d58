/**
 * What of the messages of `@alicloud/credentials` 2.4.7 may be repeated. They also quote what the library was answered and
 * the files that it could not read, secrets and all, so that nothing else of them is: `error retrieving credentials from
 * credentialsURI result: {"AccessKeyId":…`.
 */
const HARMLESS: readonly RegExp[] = [
  /unable to get credentials from enviroment variables/g,
  /(?:reading|parse) aliyun cli config from '[^'\n]*' failed/g,
  /no any configured profiles in '[^'\n]*'/g,
  /unable to get profile with '[^'\n]*'/g,
  /unsupported profile mode/g,
  /cannot found home dir/g,
  /Can not find credential type for "[^"\n]*"/g,
  /Invalid type option/g,
  /(?:ENOENT|EACCES|EISDIR): [a-z ,]{1,60} '[^'\n]*'/g,
  /the access key (?:id|secret) is (?:empty|invalid)/g,
  /get role name failed/g,
  /get metadata token failed with \d+/g,
  /get sts token failed(?: with OIDC)?(?:, httpStatus: \d+|, json parse failed)?/g,
  /refresh session token failed/g,
  /refresh (?:RoleArn|Ecs) sts token err/g,
  /get session token from (?:CloudSSO|OAuth) failed/g,
  /CloudSSO access token is empty or expired/g,
  /failed to refresh OAuth token/g,
  /failed to (?:execute|parse) external command/g,
  /error retrieving credentials from credentialsURI/g,
  /\b(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)\b/g,
  /(?:Read|Connect)Timeout\(\d+\)/g,
];

/** The failure of the vendor's chain as an error for the log: what was tried and went wrong, without what was read. */
export function chainFailure(error: unknown): Error {
  const message = String(error instanceof Error ? error.message : error);
  const found = HARMLESS.flatMap((pattern) => [...message.matchAll(pattern)]).sort(
    (a, b) => a.index - b.index,
  );
  const reasons = new Set(found.map(([text]) => text));
  return new Error(`the credential chain found nothing: ${[...reasons].join(', ') || 'no reason known'}`);
}
