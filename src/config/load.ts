import type { JwtOptions } from '../auth/jwt.ts';
import type { Variable } from '../environment-variable.ts';
import type { GatewayOptions } from '../gateway.ts';
import type { SentinelCredentials } from '../redis/redis-client.ts';
import { type TracingOptions, tracingOf } from '../telemetry/trace/otel-variables.ts';
import { profileFile } from '../upstream/credential-chain.ts';
import { endpointOf } from '../upstream/ims.ts';
import { type ForwardProxy, proxyFor } from '../upstream/proxy.ts';
import {
  OWN_NAMES,
  type ResolvedEnvironment,
  readSecretFiles,
  trimmedEnvironment,
  unknownNames,
  unusableCharacters,
} from './environment.ts';
import { isLoopback } from './parsers.ts';
import { type Environment, namesOf, VARIABLES, type VariableValues, VENDOR_VARIABLES } from './variables.ts';

/** Options of `createGateway` that main.ts creates, or that only tests set. */
type SetByMain = 'tracing' | 'trustedDocuments' | 'console' | 'redisSentinel' | 'redisDeadlineMs';

/** The validated configuration. `redisUrl`, `redisSentinel`, `tracing` and proxies contain secrets; API keys are hashed. */
export interface Config extends Required<Omit<GatewayOptions, SetByMain>> {
  /** 0 chooses a free port. */
  readonly port: number;
  readonly upstream:
    | { readonly kind: 'emulator' }
    | { readonly kind: 'alibaba'; readonly endpoint: string; readonly proxy: ForwardProxy | undefined };
  readonly redisSentinel: SentinelCredentials | undefined;
  readonly tracing: TracingOptions | undefined;
  readonly trustedDocuments:
    | { readonly mode: 'only' | 'allow'; readonly file: string | undefined }
    | undefined;
  /** `on` if CONSOLE is set to it; `where built` is the default with the emulator: on if the console is built. */
  readonly console: 'on' | 'where built' | 'off';
  readonly nodeEnv: VariableValues['NODE_ENV'];
  readonly logLevel: VariableValues['LOG_LEVEL'];
  /** Warnings for the log: `OTEL_*` values that were replaced by their defaults. */
  readonly warnings: readonly string[];
}

/** An invalid configuration. The message lists every problem on a line of its own and contains no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `Invalid configuration (${problems.length === 1 ? '1 problem' : `${problems.length} problems`}):\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * Reads and validates the environment. Values are trimmed; an empty value counts as unset.
 *
 * @param resolved the environment with secret files read, for a caller that has read them already
 * @throws ConfigError with all problems: what is wrong, which value, what is expected
 */
export function loadConfig(
  environment: Environment,
  resolved: ResolvedEnvironment = readSecretFiles(environment),
): Config {
  const env = trimmedEnvironment(resolved.env);
  const unusable = unusableCharacters(env);
  const { values, problems, warnings } = readValues(env, unusable);
  problems.push(
    ...resolved.problems,
    ...[...unusable].filter(([name]) => !OWN_NAMES.has(name)).map(([, problem]) => problem),
    ...unknownNames(env),
    ...checkAccessKeyPair(env),
    ...checkContradictions(values, env),
    ...checkUnauthenticatedExposure(values, env),
  );
  if (problems.length > 0) throw new ConfigError(problems);

  const inProduction = values.NODE_ENV === 'production';
  const kind = upstreamKind(values, env);
  const endpoint = values.IMS_ENDPOINT ?? endpointOf(values.IMS_REGION);
  return Object.freeze<Config>({
    host: values.HOST,
    port: values.PORT,
    upstream: kind === 'emulator' ? { kind } : { kind, endpoint, proxy: proxyOf(values, endpoint) },
    deadlineMs: values.IMS_DEADLINE_MS,
    maxRequestsPerSecond: values.IMS_MAX_REQUESTS_PER_SECOND,
    cache: { ttlMs: values.CACHE_TTL_MS, staleIfErrorMs: values.CACHE_STALE_IF_ERROR_MS },
    redisUrl: values.REDIS_URL,
    redisSentinel: sentinelOf(values),
    livePollMs: values.LIVE_POLL_MS,
    tracing: tracingOf(values),
    auth: { apiKeys: values.AUTH_API_KEYS, jwt: jwtOf(values) },
    corsOrigins: values.CORS_ORIGINS,
    trustedHosts: values.TRUSTED_HOSTS,
    trustedProxies: values.TRUSTED_PROXIES,
    trustedDocuments: values.TRUSTED_DOCUMENTS && {
      mode: values.TRUSTED_DOCUMENTS,
      file: values.TRUSTED_DOCUMENTS_FILE,
    },
    limits: {
      bodyBytes: values.LIMIT_BODY_BYTES,
      requestsPerMinute: values.LIMIT_REQUESTS_PER_MINUTE,
      depth: values.LIMIT_DEPTH,
      complexity: values.LIMIT_COMPLEXITY,
      searchCalls: values.LIMIT_SEARCH_CALLS,
    },
    graphiql: values.GRAPHIQL ?? !inProduction,
    console: consoleSetting(values, kind),
    executor: values.EXECUTOR,
    introspection: values.INTROSPECTION ?? !inProduction,
    nodeEnv: values.NODE_ENV,
    logLevel: values.LOG_LEVEL,
    warnings,
  });
}

/**
 * Validates each variable by itself. If a variable is set under two names, the first takes precedence; the other is validated too,
 * because other programs may prefer it.
 */
function readValues(
  env: Environment,
  unusable: ReadonlyMap<string, string>,
): { values: VariableValues; problems: string[]; warnings: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [name, variable] of Object.entries<Variable>(VARIABLES)) {
    const { schema, allowed, isSecret } = variable;
    const given = namesOf(name).filter((known) => env[known] !== undefined);
    for (const [place, known] of (given.length > 0 ? given : [name]).entries()) {
      const isUnusable = unusable.has(known);
      const result = schema.safeParse(isUnusable ? undefined : env[known]);
      if (result.success && place === 0) values[name] = result.data;
      if (result.success && !isUnusable) continue;
      if (name.startsWith('OTEL_')) {
        // The specification treats an invalid value as unset. @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#enum
        const found = isSecret || isUnusable ? '***' : redacted(env[known]);
        const instead = (variable.default ?? 'no value').replaceAll('`', '');
        warnings.push(`${name}: ignored invalid value ${found}, using ${instead}. Expected ${allowed}.`);
        values[name] = schema.parse(undefined);
      } else if (isUnusable) problems.push(unusable.get(known) ?? known);
      else if (isSecret) {
        const reasons = result.error?.issues.map(({ message }) => message).join('; ');
        problems.push(`${known}: ${reasons}. Expected ${allowed}.`);
      } else problems.push(`${known}: invalid value ${redacted(env[known])}. Expected ${allowed}.`);
    }
  }
  return { values: values as VariableValues, problems, warnings };
}

/** A value for a message, without the parts of a URL that may be secret: before an `@`, and after a question mark. */
function redacted(value: string | undefined): string {
  return JSON.stringify(value?.replace(/^(\w+:\/\/)?.*@/s, '$1***@').replace(/\?.*$/s, '?***'));
}

function proxyOf({ HTTP_PROXY: http, HTTPS_PROXY: https, NO_PROXY: except }: VariableValues, target: string) {
  return proxyFor(target, { http, https, except });
}

function sentinelOf(values: VariableValues): SentinelCredentials | undefined {
  const { REDIS_SENTINEL_USERNAME: username, REDIS_SENTINEL_PASSWORD: password } = values;
  return password === undefined ? undefined : { username, password };
}

function consoleSetting(
  { CONSOLE, NODE_ENV }: VariableValues,
  upstream: Config['upstream']['kind'],
): Config['console'] {
  if (CONSOLE !== undefined) return CONSOLE ? 'on' : 'off';
  return upstream === 'emulator' && NODE_ENV !== 'production' ? 'where built' : 'off';
}

function jwtOf(values: VariableValues): JwtOptions | undefined {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_JWT_ISSUER: issuer } = values;
  const { AUTH_JWT_AUDIENCE: audiences, AUTH_JWT_CLIENT_IDS: clientIds } = values;
  if (!jwksUrl || !issuer) return undefined;
  return { jwksUrl, jwksProxy: proxyOf(values, jwksUrl), issuer, audiences, clientIds };
}

function checkAccessKeyPair(env: Environment): string[] {
  const [id, secret] = ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'];
  if ((env[id] === undefined) === (env[secret] === undefined)) return [];
  const [missing, given] = env[id] === undefined ? [id, secret] : [secret, id];
  return [`${missing}: not set, but ${given} is. Expected both or neither.`];
}

function checkContradictions(values: Partial<VariableValues>, env: Environment): string[] {
  const problems: string[] = [];
  if (values.IMS_UPSTREAM === 'emulator' && values.IMS_ENDPOINT !== undefined) {
    problems.push('IMS_UPSTREAM: "emulator" conflicts with IMS_ENDPOINT. Expected only one of the two.');
  }
  if (
    values.NODE_ENV === 'production' &&
    values.IMS_UPSTREAM === undefined &&
    upstreamKind(values, env) === 'emulator'
  ) {
    const file = profileFile(env);
    const hint = file === undefined ? '' : `; IMS_UPSTREAM=alibaba uses the profile in ${file}`;
    problems.push(
      `IMS_UPSTREAM: not set, and neither are IMS_ENDPOINT or credentials. With NODE_ENV=production, expected IMS_UPSTREAM=alibaba or IMS_UPSTREAM=emulator${hint}.`,
    );
  }
  if (env.REDIS_SENTINEL_USERNAME !== undefined && env.REDIS_SENTINEL_PASSWORD === undefined) {
    problems.push(
      'REDIS_SENTINEL_PASSWORD: not set, but REDIS_SENTINEL_USERNAME is. Expected both, or the password alone.',
    );
  }
  if (env.REDIS_SENTINEL_PASSWORD !== undefined && !/^rediss?\+sentinel:/.test(env.REDIS_URL ?? '')) {
    problems.push(
      'REDIS_SENTINEL_PASSWORD: set, but REDIS_URL names no Sentinels. Expected a redis+sentinel:// URL.',
    );
  }
  if (values.TRUSTED_DOCUMENTS_FILE !== undefined && values.TRUSTED_DOCUMENTS === undefined) {
    problems.push('TRUSTED_DOCUMENTS_FILE: set, but TRUSTED_DOCUMENTS is not. Expected both or neither.');
  }
  const { CACHE_TTL_MS: ttlMs = 0, CACHE_STALE_IF_ERROR_MS: staleMs = 0 } = values;
  // Only a value that the operator set is a mistake; the default may have no effect.
  if (env.CACHE_STALE_IF_ERROR_MS !== undefined && staleMs > 0 && (ttlMs === 0 || staleMs <= ttlMs)) {
    problems.push(
      `CACHE_STALE_IF_ERROR_MS: ${staleMs} has no effect with CACHE_TTL_MS=${ttlMs}. Expected 0, or more than a CACHE_TTL_MS above 0.`,
    );
  }
  return problems;
}

/** Configurations that would accept unauthenticated callers by mistake. */
function checkUnauthenticatedExposure(values: Partial<VariableValues>, env: Environment): string[] {
  const problems: string[] = [];
  const tokens = [['AUTH_JWKS_URL'], ['AUTH_JWT_ISSUER'], ['AUTH_JWT_AUDIENCE', 'AUTH_JWT_CLIENT_IDS']];
  const missing = tokens.filter((names) => names.every((name) => env[name] === undefined));
  if (missing.length > 0 && missing.length < tokens.length) {
    const [unset, all] = [missing, tokens].map((list) => list.map((names) => names.join(' or ')).join(', '));
    problems.push(
      `${unset}: not set. Expected all of ${all}, or none; otherwise tokens of another issuer or for another service would be accepted.`,
    );
  }
  const requiresKeys = env.AUTH_API_KEYS !== undefined || env.AUTH_API_KEYS_FILE !== undefined;
  const isAuthenticated = requiresKeys || env.AUTH_JWKS_URL !== undefined;
  if (isAuthenticated && values.AUTH_MODE === 'none') {
    problems.push(
      'AUTH_MODE: "none" conflicts with AUTH_API_KEYS and AUTH_JWKS_URL. Expected either AUTH_MODE=none or authentication.',
    );
  }
  if (
    values.HOST !== undefined &&
    !isLoopback(values.HOST) &&
    !isAuthenticated &&
    values.AUTH_MODE !== 'none'
  ) {
    problems.push(
      `HOST: ${JSON.stringify(values.HOST)} is reachable from other machines, and authentication is off. Expected a loopback address, authentication (AUTH_API_KEYS or AUTH_JWKS_URL), or AUTH_MODE=none to accept anonymous callers.`,
    );
  }
  return problems;
}

function upstreamKind(values: Partial<VariableValues>, env: Environment): 'alibaba' | 'emulator' {
  const pointsAtService =
    values.IMS_ENDPOINT !== undefined ||
    VENDOR_VARIABLES.some(({ name, isSource }) => isSource && env[name] !== undefined);
  return values.IMS_UPSTREAM ?? (pointsAtService ? 'alibaba' : 'emulator');
}
