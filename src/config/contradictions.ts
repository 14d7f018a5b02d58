import { profileFile } from '../upstream/credential-profiles.ts';
import { isLoopback } from './kinds.ts';
import type { Environment, Values } from './variables.ts';
import { VENDOR_VARIABLES } from './vendor.ts';

/** One half of an access key. */
export function tornCredentials(env: Environment): string[] {
  const [id, secret] = ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'];
  if ((env[id] === undefined) === (env[secret] === undefined)) return [];
  const [missing, given] = env[id] === undefined ? [id, secret] : [secret, id];
  return [`${missing}: not set, while ${given} is; allowed is both or neither`];
}

/** Values that cannot all be meant. */
export function contradictions(values: Partial<Values>, env: Environment): string[] {
  const problems: string[] = [];
  if (values.IMS_UPSTREAM === 'emulator' && values.IMS_ENDPOINT !== undefined) {
    problems.push('IMS_UPSTREAM: got "emulator" together with IMS_ENDPOINT; allowed is one of the two');
  }
  if (
    values.NODE_ENV === 'production' &&
    values.IMS_UPSTREAM === undefined &&
    upstreamKind(values, env) === 'emulator'
  ) {
    const file = profileFile(env);
    const hint = file === undefined ? '' : `; IMS_UPSTREAM=alibaba uses the profile in ${file}`;
    problems.push(
      `IMS_UPSTREAM: not set, and neither are IMS_ENDPOINT or credentials; with NODE_ENV=production the emulator must be asked for by name${hint}`,
    );
  }
  if (env.REDIS_SENTINEL_USERNAME !== undefined && env.REDIS_SENTINEL_PASSWORD === undefined) {
    problems.push(
      'REDIS_SENTINEL_PASSWORD: not set, while REDIS_SENTINEL_USERNAME is; allowed is both or the password alone',
    );
  }
  if (env.REDIS_SENTINEL_PASSWORD !== undefined && !/^rediss?\+sentinel:/.test(env.REDIS_URL ?? '')) {
    problems.push(
      'REDIS_SENTINEL_PASSWORD: set, while REDIS_URL names no Sentinels; allowed is a redis+sentinel:// URL with it',
    );
  }
  if (values.TRUSTED_DOCUMENTS_FILE !== undefined && values.TRUSTED_DOCUMENTS === undefined) {
    problems.push('TRUSTED_DOCUMENTS_FILE: set, while TRUSTED_DOCUMENTS is not; allowed is both or neither');
  }
  return problems;
}

/** Ways to let in whom nobody meant to. */
export function openDoors(values: Partial<Values>, env: Environment): string[] {
  const problems: string[] = [];
  const tokens = ['AUTH_JWKS_URL', 'AUTH_JWT_ISSUER', 'AUTH_JWT_AUDIENCE'] as const;
  const missing = tokens.filter((name) => env[name] === undefined);
  if (missing.length > 0 && missing.length < tokens.length) {
    problems.push(
      `${missing.join(', ')}: not set; allowed is all of ${tokens.join(', ')} or none, because a token of another issuer or for another service would get in`,
    );
  }
  const asksWho = env.AUTH_API_KEYS !== undefined || env.AUTH_JWKS_URL !== undefined;
  if (asksWho && values.AUTH_MODE === 'none') {
    problems.push(
      'AUTH_MODE: got "none" together with AUTH_API_KEYS or AUTH_JWKS_URL; allowed is one of the two',
    );
  }
  if (values.HOST !== undefined && !isLoopback(values.HOST) && !asksWho && values.AUTH_MODE !== 'none') {
    problems.push(
      `HOST: got ${JSON.stringify(values.HOST)}, which other machines may reach; allowed is a loopback address, AUTH_API_KEYS or AUTH_JWKS_URL to know who asks, or AUTH_MODE=none to let anybody in`,
    );
  }
  return problems;
}

/** Which upstream is meant where none is named. */
export function upstreamKind(values: Partial<Values>, env: Environment): 'alibaba' | 'emulator' {
  const pointsAtService =
    values.IMS_ENDPOINT !== undefined ||
    VENDOR_VARIABLES.some(({ name, isSource }) => isSource && env[name] !== undefined);
  return values.IMS_UPSTREAM ?? (pointsAtService ? 'alibaba' : 'emulator');
}
