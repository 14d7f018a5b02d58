import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { chainError } from './credential-errors.ts';
import type { Credentials } from './sign.ts';

/**
 * Looks credentials up by the vendor's default chain: environment, OIDC role, CLI and ini profiles, ECS role,
 * credentials URI. Every call builds the chain anew, because one that has failed stays on its last provider for good. Its ECS
 * step waits two seconds for a metadata service that mostly is not there, so it is left out unless
 * `ALIBABA_CLOUD_ECS_METADATA` names a role, or a profile may need it.
 *
 * @throws Error that may be logged when the chain finds none, or finds some that no header can carry
 * @see https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-node-js-access-credentials
 */
export async function vendorCredentials(): Promise<Credentials> {
  // The first link of the chain, where most runs end. The library takes 5 MB and 30 ms to load.
  if (process.env.ALIBABA_CLOUD_ACCESS_KEY_ID && process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET) {
    return credentialsOf(
      process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
      process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
      process.env.ALIBABA_CLOUD_SECURITY_TOKEN,
    );
  }
  if (!process.env.ALIBABA_CLOUD_ECS_METADATA && profileFile(process.env) === undefined)
    process.env.ALIBABA_CLOUD_ECS_METADATA_DISABLED ??= 'true';
  const vendor = await import('@alicloud/credentials');
  // CommonJS with `exports.default`: the class is the default of the default.
  const chain = new vendor.default.default();
  const found = await chain.getCredential().catch((error: unknown) => {
    throw chainError(error);
  });
  const { accessKeyId, accessKeySecret, securityToken, providerName } = found;
  if (!accessKeyId?.trim() || !accessKeySecret?.trim()) throw new Error('the chain gave an empty access key');
  const roleArn = roleArnOf(providerName, process.env);
  return { ...credentialsOf(accessKeyId, accessKeySecret, securityToken), ...(roleArn ? { roleArn } : {}) };
}

/** The library's name for the link of its chain that assumes the role `ALIBABA_CLOUD_ROLE_ARN` by OIDC. */
const OIDC_LINK = 'default/oidc_role_arn';

/**
 * The role of temporary keys, where the link of the chain that gave them assumed the role that the environment names. For other
 * links `ALIBABA_CLOUD_ROLE_ARN` says nothing: a cluster may set it in every pod. Nor does `ALIBABA_CLOUD_ECS_METADATA`: its
 * name lacks the account, and every account may have a role of that name.
 *
 * @param providerName of the library, as in `default/oidc_role_arn`
 */
export function roleArnOf(
  providerName: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return providerName === OIDC_LINK ? env.ALIBABA_CLOUD_ROLE_ARN : undefined;
}

/**
 * Credentials without the white space around them, which files and variables easily have.
 *
 * @throws Error that names the part which no header can carry, without repeating it
 */
export function credentialsOf(id: string, secret: string, token = ''): Credentials {
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

/** Path of the file from which the vendor's chain would take a profile: that of the aliyun CLI, else that of the SDKs. */
export function profileFile(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const isCliLeftOut = env.ALIBABA_CLOUD_CLI_PROFILE_DISABLED?.toLowerCase() === 'true';
  const home = homeFolder();
  const inHome = (...path: string[]) => (home === undefined ? [] : [join(home, ...path)]);
  const files = [
    ...(isCliLeftOut ? [] : inHome('.aliyun', 'config.json')),
    ...(env.ALIBABA_CLOUD_CREDENTIALS_FILE === undefined
      ? inHome('.alibabacloud', 'credentials')
      : [env.ALIBABA_CLOUD_CREDENTIALS_FILE]),
  ];
  return files.find((file) => existsSync(file));
}

/** Undefined in a container with a user id that is not in its /etc/passwd and without HOME. */
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
