import type { JwtOptions } from '../auth/jwt.ts';
import type { Variable } from '../environment-variable.ts';
import type { GatewayOptions } from '../gateway.ts';
import type { SentinelCredentials } from '../redis/redis-client.ts';
import { type TracingOptions, tracingOf } from '../telemetry/trace/otel-variables.ts';
import { endpointOf } from '../upstream/ims.ts';
import { type ForwardProxy, proxyFor } from '../upstream/proxy.ts';
import {
  checkAccessKeyPair,
  checkContradictions,
  checkUnauthenticatedExposure,
  upstreamKind,
} from './cross-checks.ts';
import {
  OWN_NAMES,
  type ResolvedEnvironment,
  readSecretFiles,
  trimmedEnvironment,
  unknownNames,
  unusableCharacters,
} from './environment.ts';
import { type Environment, namesOf, VARIABLES, type Values } from './variables.ts';

/** What `createGateway` takes and main.ts makes of something else, or only tests set. */
type MadeByMain = 'tracing' | 'trustedDocuments' | 'console' | 'redisSentinel' | 'redisDeadlineMs';

/** Everything one start is configured with. Credentials stay with the vendor's chain, keys are hashed; secrets are in `redisUrl` and `tracing`. */
export interface Config extends Required<Omit<GatewayOptions, MadeByMain>> {
  /** 0 takes any free port. */
  readonly port: number;
  /** Without a `proxy` the endpoint is reached directly. */
  readonly upstream:
    | { readonly kind: 'emulator' }
    | { readonly kind: 'alibaba'; readonly endpoint: string; readonly proxy: ForwardProxy | undefined };
  readonly redisSentinel: SentinelCredentials | undefined;
  readonly tracing: TracingOptions | undefined;
  readonly trustedDocuments:
    | { readonly mode: 'only' | 'allow'; readonly file: string | undefined }
    | undefined;
  /** `on` where it was named; where it was not, it is on only if there is a build of it. */
  readonly console: 'on' | 'where built' | 'off';
  /** Everything that follows from it is in the other fields. */
  readonly nodeEnv: Values['NODE_ENV'];
  readonly logLevel: Values['LOG_LEVEL'];
  /** Values of `OTEL_*` that were replaced by their defaults, a line each for the log. */
  readonly warnings: readonly string[];
}

/** The start is refused. The message lists every problem, a line each, and no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * Reads the environment. White space around a value is dropped; an empty value counts as unset.
 *
 * @param resolved the same, with the files that hold secrets read; for a caller that has read them already
 * @throws ConfigError naming every problem at once: what each variable got and what is allowed
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
  return Object.freeze<Config>({
    host: values.HOST,
    port: values.PORT,
    upstream: kind === 'emulator' ? { kind } : { kind, ...endpointAndProxy(values) },
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
    },
    graphiql: values.GRAPHIQL ?? !inProduction,
    console: consoleWish(values, kind),
    executor: values.EXECUTOR,
    introspection: values.INTROSPECTION ?? !inProduction,
    nodeEnv: values.NODE_ENV,
    logLevel: values.LOG_LEVEL,
    warnings,
  });
}

/**
 * Each variable by itself, so that one wrong value does not hide what is wrong with the others. A variable that is set under
 * two names is read by the first one; the value of the other is checked too, because other programs may prefer that one.
 */
function readValues(
  env: Environment,
  unusable: ReadonlyMap<string, string>,
): { values: Values; problems: string[]; warnings: string[] } {
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
        // A value that is not understood is as one that is not set. @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#enum
        const found = isSecret || isUnusable ? '***' : shown(env[known]);
        const instead = (variable.default ?? 'nothing').replaceAll('`', '');
        warnings.push(`${name}: ignored ${found}, using ${instead}; allowed is ${allowed}`);
        values[name] = schema.parse(undefined);
      } else if (isUnusable) problems.push(unusable.get(known) ?? known);
      else if (isSecret) {
        const what = result.error?.issues.map(({ message }) => message).join(', ');
        problems.push(`${known}: got *** of which ${what}; allowed is ${allowed}`);
      } else problems.push(`${known}: got ${shown(env[known])}; allowed is ${allowed}`);
    }
  }
  return { values: values as Values, problems, warnings };
}

/** A value as it may be printed: in a URL, what stands before an @ or after a question mark may be a secret. */
function shown(value: string | undefined): string {
  return JSON.stringify(value?.replace(/^(\w+:\/\/)?.*@/s, '$1***@').replace(/\?.*$/s, '?***'));
}

function endpointAndProxy(values: Values): { endpoint: string; proxy: ForwardProxy | undefined } {
  const endpoint = values.IMS_ENDPOINT ?? endpointOf(values.IMS_REGION);
  return { endpoint, proxy: proxyOf(values, endpoint) };
}

function proxyOf({ HTTP_PROXY: http, HTTPS_PROXY: https, NO_PROXY: except }: Values, target: string) {
  return proxyFor(target, { http, https, except });
}

function sentinelOf(values: Values): SentinelCredentials | undefined {
  const { REDIS_SENTINEL_USERNAME: username, REDIS_SENTINEL_PASSWORD: password } = values;
  return password === undefined ? undefined : { username, password };
}

function consoleWish({ CONSOLE, NODE_ENV }: Values, upstream: Config['upstream']['kind']): Config['console'] {
  if (CONSOLE !== undefined) return CONSOLE ? 'on' : 'off';
  return upstream === 'emulator' && NODE_ENV !== 'production' ? 'where built' : 'off';
}

function jwtOf(values: Values): JwtOptions | undefined {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_JWT_ISSUER: issuer } = values;
  const { AUTH_JWT_AUDIENCE: audiences, AUTH_JWT_CLIENT_IDS: clientIds } = values;
  if (!jwksUrl || !issuer) return undefined;
  return { jwksUrl, jwksProxy: proxyOf(values, jwksUrl), issuer, audiences, clientIds };
}
