/**
 * What of the messages of `@alicloud/credentials` 2.4.7 may be repeated. They also quote what the library was answered and
 * the files that it could not read, secrets and all, so that nothing else of them is: `error retrieving credentials from
 * credentialsURI result: {"AccessKeyId":…`.
 */
const HARMLESS = new RegExp(
  [
    'unable to get credentials from enviroment variables',
    "(?:reading|parse) aliyun cli config from '[^'\n]*' failed",
    "no any configured profiles in '[^'\n]*'",
    "unable to get profile with '[^'\n]*'",
    'unsupported profile mode',
    'cannot found home dir',
    'Can not find credential type for "[^"\n]*"',
    'Invalid type option',
    "(?:ENOENT|EACCES|EISDIR): [a-z ,]{1,60} '[^'\n]*'",
    'the access key (?:id|secret) is (?:empty|invalid)',
    'get role name failed',
    'get metadata token failed with \\d+',
    'get sts token failed(?: with OIDC)?(?:, httpStatus: \\d+|, json parse failed)?',
    'refresh session token failed',
    'refresh (?:RoleArn|Ecs) sts token err',
    'get session token from (?:CloudSSO|OAuth) failed',
    'CloudSSO access token is empty or expired',
    'failed to refresh OAuth token',
    'failed to (?:execute|parse) external command',
    'error retrieving credentials from credentialsURI',
    '\\b(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)\\b',
    '(?:Read|Connect)Timeout\\(\\d+\\)',
  ].join('|'),
  'g',
);

/** The failure of the vendor's chain as an error for the log: what was tried and went wrong, without what was read. */
export function chainFailure(error: unknown): Error {
  const reasons = new Set(String(error instanceof Error ? error.message : error).match(HARMLESS));
  return new Error(`the credential chain found nothing: ${[...reasons].join(', ') || 'no reason known'}`);
}
