import { profileFile } from '../upstream/credential-chain.ts';
import { isLoopback } from './parsers.ts';
import { type Environment, type Values, VENDOR_VARIABLES } from './variables.ts';

/** One half of an access key. */
export function checkAccessKeyPair(env: Environment): string[] {
  const [id, secret] = ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'];
  if ((env[id] === undefined) === (env[secret] === undefined)) return [];
  const [missing, given] = env[id] === undefined ? [id, secret] : [secret, id];
  return [`${missing}: not set, while ${given} is; allowed is both or neither`];
}

/** Values that cannot all be meant. */
export function checkContradictions(values: Partial<Values>, env: Environment): string[] {
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
  const { CACHE_TTL_MS: ttlMs = 0, CACHE_STALE_IF_ERROR_MS: staleMs = 0 } = values;
  // A default that has no effect is nobody's mistake.
  if (env.CACHE_STALE_IF_ERROR_MS !== undefined && staleMs > 0 && (ttlMs === 0 || staleMs <= ttlMs)) {
    problems.push(
      `CACHE_STALE_IF_ERROR_MS: got ${staleMs}, which has no effect with CACHE_TTL_MS=${ttlMs}; allowed is 0, or more than a CACHE_TTL_MS that is not 0`,
    );
  }
  return problems;
}

/** Ways to let in whom nobody meant to. */
export function checkUnauthenticatedExposure(values: Partial<Values>, env: Environment): string[] {
  const problems: string[] = [];
  const tokens = [['AUTH_JWKS_URL'], ['AUTH_JWT_ISSUER'], ['AUTH_JWT_AUDIENCE', 'AUTH_JWT_CLIENT_IDS']];
  const missing = tokens.filter((names) => names.every((name) => env[name] === undefined));
  if (missing.length > 0 && missing.length < tokens.length) {
    const [unset, all] = [missing, tokens].map((list) => list.map((names) => names.join(' or ')).join(', '));
    problems.push(
      `${unset}: not set; allowed is all of ${all}, or none of them, because a token of another issuer or for another service would get in`,
    );
  }
  const asksByKey = env.AUTH_API_KEYS !== undefined || env.AUTH_API_KEYS_FILE !== undefined;
  const asksWho = asksByKey || env.AUTH_JWKS_URL !== undefined;
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
