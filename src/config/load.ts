import type { AuthOptions } from '../auth/authenticator.ts';
import type { JwtOptions } from '../auth/jwt.ts';
import type { SentinelCredentials } from '../redis/redis-url.ts';
import type { TracingOptions } from '../telemetry/trace/tracing-options.ts';
import { endpointOf } from '../upstream/ims.ts';
import { type ForwardProxy, proxyFor } from '../upstream/proxy.ts';
import { contradictions, openDoors, tornCredentials, upstreamKind } from './contradictions.ts';
import { trimmedEnvironment, unusableCharacters } from './environment.ts';
import type { Variable } from './kinds.ts';
import { unknownNames } from './near-names.ts';
import { tracingOf } from './otel-variables.ts';
import { type ResolvedEnvironment, readSecretFiles } from './secret-files.ts';
import { type Environment, namesOf, VARIABLES, type Values } from './variables.ts';

const OWN_NAMES: ReadonlySet<string> = new Set(Object.keys(VARIABLES).flatMap(namesOf));

/** Everything one start is configured with. Credentials stay with the vendor's chain, keys are hashed; secrets are in `redisUrl` and `tracing`. */
export interface Config {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly upstream:
    | { readonly kind: 'emulator' }
    | {
        readonly kind: 'alibaba';
        readonly endpoint: string;
        /** Undefined: the endpoint is reached without one. */
        readonly proxy: ForwardProxy | undefined;
      };
  /** One deadline for all tries of one upstream read, in milliseconds. */
  readonly deadlineMs: number;
  /** Upstream requests in any second. */
  readonly maxRequestsPerSecond: number;
  readonly cache: {
    /** How old a page may be when it is served, in milliseconds; 0 turns off every cache between requests. */
    readonly ttlMs: number;
    /** How old while the upstream fails; 0 means never. */
    readonly staleIfErrorMs: number;
  };
  /** A Redis that several replicas share; undefined where there is one replica. Holds its password. */
  readonly redisUrl: string | undefined;
  /** With which the Sentinels of `redisUrl` let in; undefined where they ask for nothing. */
  readonly redisSentinel?: SentinelCredentials | undefined;
  /** How often a watched job is looked at, in milliseconds. */
  readonly livePollMs: number;
  /** How traces are sent; undefined where the gateway sends none. Holds the keys of the collector. */
  readonly tracing: TracingOptions | undefined;
  readonly auth: AuthOptions;
  /** Origins of web pages that may read answers. */
  readonly corsOrigins: readonly string[];
  /** Host names that are served besides loopback names and `host`. */
  readonly trustedHosts: readonly string[];
  /** Addresses and CIDR ranges of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[];
  /** Undefined: every document is taken. */
  readonly trustedDocuments:
    | { readonly mode: 'only' | 'allow'; readonly file: string | undefined }
    | undefined;
  readonly limits: {
    /** Largest request body. */
    readonly bodyBytes: number;
    /** For each client; 0 means no limit. */
    readonly requestsPerMinute: number;
    readonly depth: number;
    readonly complexity: number;
  };
  /** Who executes queries that come again. */
  readonly executor: 'compiled' | 'graphql-js';
  readonly graphiql: boolean;
  /** `on` where it was named; where it was not, it is on only if there is a build of it. */
  readonly console: 'on' | 'where built' | 'off';
  readonly introspection: boolean;
  /** Value of `NODE_ENV`; everything that follows from it is in the other fields. */
  readonly nodeEnv: 'production' | 'development' | 'test' | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Values that were replaced by their defaults, a line each for the log: those of `OTEL_*` never prevent a start. */
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
    ...tornCredentials(env),
    ...contradictions(values, env),
    ...openDoors(values, env),
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
  for (const [name, variable] of Object.entries<Omit<Variable, 'name'>>(VARIABLES)) {
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
