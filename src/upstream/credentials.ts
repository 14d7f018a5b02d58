import { UpstreamError } from '../errors.ts';
import type { Credentials } from './sign.ts';

/** How long resolved credentials are used before they are looked up again, in milliseconds. */
const FRESH_MS = 60_000;

/**
 * Puts a cache before a slow source of credentials: one lookup at a time however many ask; after `freshMs` the next
 * caller starts a new lookup and goes on with the old credentials meanwhile. Temporary keys allow that: the vendor's
 * providers renew them 15 minutes before they expire. A failed lookup is not remembered.
 *
 * @param lookUp the source; called anew for each lookup
 * @throws UpstreamError UPSTREAM_DENIED while there are none
 */
export function cachedCredentials(
  lookUp: () => Promise<Credentials>,
  freshMs: number = FRESH_MS,
): () => Promise<Credentials> {
  let known: { credentials: Credentials; until: number } | undefined;
  let lookup: Promise<Credentials> | undefined;

  const refresh = () => {
    lookup ??= lookUp()
      .then((credentials) => {
        known = { credentials, until: performance.now() + freshMs };
        return credentials;
      })
      .catch((error: unknown) => {
        const detail = `no credentials: ${error instanceof Error ? error.message : String(error)}`;
        throw new UpstreamError('UPSTREAM_DENIED', { detail, cause: error });
      })
      .finally(() => {
        lookup = undefined;
      });
    return lookup;
  };

  return async () => {
    if (known === undefined) return refresh();
    if (performance.now() >= known.until) refresh().catch(() => undefined);
    return known.credentials;
  };
}

/**
 * Looks credentials up by the vendor's default chain: environment, OIDC role, CLI and ini profiles, ECS role,
 * credentials URI. Every call builds the chain anew, because one that has failed stays on its last provider for good.
 *
 * The chain reads `ALIBABA_CLOUD_*` itself. Its ECS step waits two seconds for a metadata service that mostly is not
 * there, so it is left out unless `ALIBABA_CLOUD_ECS_METADATA` names a role.
 *
 * @throws whatever the chain throws when it finds none
 * @see https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-node-js-access-credentials
 */
export async function vendorCredentials(): Promise<Credentials> {
  // The first link of the chain, which most runs end at. The library behind it takes 5 MB and 30 ms to load.
  if (process.env.ALIBABA_CLOUD_ACCESS_KEY_ID && process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET) {
    return credentialsOf(
      process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
      process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
      process.env.ALIBABA_CLOUD_SECURITY_TOKEN,
    );
  }
  if (!process.env.ALIBABA_CLOUD_ECS_METADATA) process.env.ALIBABA_CLOUD_ECS_METADATA_DISABLED ??= 'true';
  const vendor = await import('@alicloud/credentials');
  // CommonJS with `exports.default`: the class is the default of the default.
  const { accessKeyId, accessKeySecret, securityToken } = await new vendor.default.default().getCredential();
  if (!accessKeyId || !accessKeySecret) throw new Error('the chain gave an empty access key');
  return credentialsOf(accessKeyId, accessKeySecret, securityToken);
}

function credentialsOf(accessKeyId: string, accessKeySecret: string, securityToken?: string): Credentials {
  return { accessKeyId, accessKeySecret, ...(securityToken ? { securityToken } : {}) };
}
