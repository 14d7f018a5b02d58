import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from './sign.ts';

/**
 * Looks credentials up through the vendor's default chain: environment, OIDC role, CLI and ini profiles, ECS role,
 * credentials URI. Every call creates a new chain, because a chain that has failed stays at its last provider. The ECS
 * provider waits two seconds for a metadata service, so it is disabled unless `ALIBABA_CLOUD_ECS_METADATA` names a role or a
 * profile file exists.
 *
 * @throws Error with a message that is safe to log, when the chain finds no credentials, or finds some that no header can
 *   carry
 * @see https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-node-js-access-credentials
 */
export async function vendorCredentials(): Promise<Credentials> {
  // The first provider of the chain, without loading the library, which takes 5 MB and 30 ms.
  if (process.env.ALIBABA_CLOUD_ACCESS_KEY_ID && process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET) {
    return credentialsFrom(
      process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
      process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
      process.env.ALIBABA_CLOUD_SECURITY_TOKEN,
    );
  }
  if (!process.env.ALIBABA_CLOUD_ECS_METADATA && profileFile(process.env) === undefined)
    process.env.ALIBABA_CLOUD_ECS_METADATA_DISABLED ??= 'true';
  const vendor = await import('@alicloud/credentials');
  // The library is CommonJS with `exports.default`, so the class is the default of the default.
  const chain = new vendor.default.default();
  const found = await chain.getCredential().catch((error: unknown) => {
    throw chainError(error);
  });
  const { accessKeyId, accessKeySecret, securityToken, providerName } = found;
  if (!accessKeyId?.trim() || !accessKeySecret?.trim())
    throw new Error('the credential chain returned an empty access key');
  const roleArn = roleArnOf(providerName, process.env);
  return { ...credentialsFrom(accessKeyId, accessKeySecret, securityToken), ...(roleArn ? { roleArn } : {}) };
}

/** The library's name for the provider that assumes the role `ALIBABA_CLOUD_ROLE_ARN` through OIDC. */
const OIDC_PROVIDER = 'default/oidc_role_arn';

/**
 * The role of temporary keys from the OIDC provider. For other providers `ALIBABA_CLOUD_ROLE_ARN` proves nothing: a cluster
 * may set it in every pod. `ALIBABA_CLOUD_ECS_METADATA` does not name an account, and every account may have a role of that
 * name.
 *
 * @param providerName from the library, as in `default/oidc_role_arn`
 */
export function roleArnOf(
  providerName: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return providerName === OIDC_PROVIDER ? env.ALIBABA_CLOUD_ROLE_ARN : undefined;
}

/**
 * Creates credentials, trimmed: files and variables often add white space.
 *
 * @throws Error that names the part which no header can carry, without its value
 */
export function credentialsFrom(id: string, secret: string, token = ''): Credentials {
  const [accessKeyId, accessKeySecret, securityToken] = [id.trim(), secret.trim(), token.trim()];
  const parts = {
    'access key id': accessKeyId,
    'access key secret': accessKeySecret,
    'security token': securityToken,
  };
  for (const [part, value] of Object.entries(parts))
    if (!/^[\x21-\x7e]*$/.test(value)) throw new Error(`the ${part} has characters other than visible ASCII`);
  return { accessKeyId, accessKeySecret, ...(securityToken ? { securityToken } : {}) };
}

/**
 * Path of the file from which the vendor's chain would read a profile: that of the aliyun CLI, else that of the SDKs;
 * undefined if neither exists.
 */
export function profileFile(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const isCliDisabled = env.ALIBABA_CLOUD_CLI_PROFILE_DISABLED?.toLowerCase() === 'true';
  const home = homeFolder();
  const inHome = (...path: string[]) => (home === undefined ? [] : [join(home, ...path)]);
  const files = [
    ...(isCliDisabled ? [] : inHome('.aliyun', 'config.json')),
    ...(env.ALIBABA_CLOUD_CREDENTIALS_FILE === undefined
      ? inHome('.alibabacloud', 'credentials')
      : [env.ALIBABA_CLOUD_CREDENTIALS_FILE]),
  ];
  return files.find((file) => existsSync(file));
}

/** Undefined in a container without HOME whose user id is not in /etc/passwd. */
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

/** A fixed text, optionally followed by a match of a sticky expression. */
type Phrase = readonly [text: string, tail?: RegExp];

const IN_QUOTES = /'[^'\n]*'/y;
const SYSTEM_ERROR = /[a-z ,]{1,60} '[^'\n]*'/y;

/**
 * Phrases in messages of `@alicloud/credentials` 2.4.7 that are safe to log. The rest of a message may quote a response or a
 * file, including secrets: `error retrieving credentials from credentialsURI result: {"AccessKeyId":…`.
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

function* matchesOf(
  [text, tail = /(?:)/y]: Phrase,
  message: string,
): Generator<{ at: number; found: string }> {
  for (let at = message.indexOf(text); at !== -1; at = message.indexOf(text, at + text.length)) {
    tail.lastIndex = at + text.length;
    if (tail.test(message)) yield { at, found: message.slice(at, tail.lastIndex) };
  }
}

/** Converts a failure of the vendor's chain to an error that is safe to log: what failed, without what was read. */
export function chainError(error: unknown): Error {
  const message = String(error instanceof Error ? error.message : error);
  const matches = SAFE.flatMap((phrase) => [...matchesOf(phrase, message)]).sort((a, b) => a.at - b.at);
  const reasons = [...new Set(matches.map(({ found }) => found))];
  return new Error(`the credential chain found no credentials: ${reasons.join(', ') || 'unknown reason'}`);
}
