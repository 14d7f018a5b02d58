import {
  listVariable,
  milliseconds,
  oneOf,
  optional,
  text,
  type ValuesOf,
  wholeNumber,
  withDefault,
} from '../environment-variable.ts';
import { OTEL_VARIABLES } from '../telemetry/trace/otel-variables.ts';
import { REGIONS } from '../upstream/ims.ts';
import * as kind from './parsers.ts';

/** Every variable that the gateway reads, in the order of the documentation. {@link VENDOR_VARIABLES} has the vendor's own. */
export const VARIABLES = {
  HOST: withDefault(
    kind.LISTEN_HOST,
    '127.0.0.1',
    'Address to listen on. `::` accepts IPv6 and IPv4; on a system without IPv6 it means `0.0.0.0`.',
  ),
  PORT: withDefault(
    wholeNumber(0, 65_535, { note: '; 0 chooses a free port' }),
    '4000',
    'Port to listen on.',
  ),
  IMS_UPSTREAM: optional(
    oneOf('alibaba', 'emulator'),
    '`alibaba` when IMS_ENDPOINT or credentials are set, else `emulator`',
    'Upstream of the gateway: the real service, or the emulator that runs inside the gateway. With NODE_ENV=production the emulator must be set explicitly.',
  ),
  IMS_REGION: withDefault(
    oneOf(...REGIONS),
    'cn-shanghai',
    'Region of the service; the endpoint is `https://ice.<region>.aliyuncs.com`.',
  ),
  IMS_ENDPOINT: optional(
    kind.ENDPOINT,
    undefined,
    'Overrides the endpoint, for a VPC endpoint or a test server.',
  ),
  IMS_DEADLINE_MS: withDefault(
    milliseconds(100, 60_000),
    '5000',
    'Deadline of one upstream read, including all its attempts.',
  ),
  IMS_MAX_REQUESTS_PER_SECOND: withDefault(
    wholeNumber(1, 100_000),
    '20',
    "Rate limit of upstream requests per second, including retries; set it to the account's quota. The gateway lowers its rate by itself when the upstream throttles earlier.",
  ),
  HTTP_PROXY: optional(
    { ...kind.PROXY, allowed: 'the same as for HTTPS_PROXY' },
    undefined,
    'Proxy for http:// requests to IMS_ENDPOINT and AUTH_JWKS_URL. Such URLs must name a loopback host, so the proxy is used only if it is at localhost or a loopback address itself; otherwise requests are sent directly. Also read as `http_proxy`, which takes precedence. Not used for the emulator inside the gateway.',
  ),
  HTTPS_PROXY: optional(
    kind.PROXY,
    undefined,
    'Proxy for https:// requests to the upstream and the JWKS. It opens a tunnel (CONNECT), so TLS ends at the upstream. Requests to loopback hosts use it only if it is at localhost or a loopback address itself. Also read as `https_proxy`, which takes precedence. As with curl, `http://` may be omitted, and the default port is 1080 (443 for an https:// proxy). Not used for credentials, Redis and the trace collector.',
  ),
  NO_PROXY: optional(
    text(
      'host names, addresses and CIDR ranges separated by commas, as in `localhost,.internal,10.0.0.0/8`; or `*`',
    ),
    undefined,
    'Hosts that are reached without a proxy, by the rules of curl: a name matches itself and its subdomains, `*` (alone) every host; an entry with a port matches nothing. Also read as `no_proxy`, which takes precedence.',
  ),
  CACHE_TTL_MS: withDefault(
    milliseconds(0, 3_600_000),
    '2000',
    'TTL of a cached upstream page, from the moment its request was sent. `0` disables every cache between requests.',
  ),
  CACHE_STALE_IF_ERROR_MS: withDefault(
    milliseconds(0, 86_400_000),
    '60000',
    'Greatest age of a stale page that is served while the upstream fails (stale-if-error). `0` disables it.',
  ),
  REDIS_URL: optional(
    kind.REDIS_LOCATION,
    undefined,
    'Redis that replicas share for cached pages, the upstream rate limit, client rate limits and subscription events. While it is unavailable, each replica works without it.',
  ),
  REDIS_URL_FILE: secretFile('REDIS_URL'),
  REDIS_SENTINEL_USERNAME: optional(
    text('a user of the Sentinels, together with REDIS_SENTINEL_PASSWORD and a redis+sentinel:// URL'),
    undefined,
    'User for the Sentinels. The user in REDIS_URL is the one for Redis itself.',
  ),
  REDIS_SENTINEL_PASSWORD: optional(
    { ...text('the password of the Sentinels, together with a redis+sentinel:// URL'), isSecret: true },
    undefined,
    'Password for the Sentinels, which may differ from the one of Redis. Not percent-encoded. Never printed.',
  ),
  LIVE_POLL_MS: withDefault(
    milliseconds(100, 60_000),
    '1000',
    'Poll interval of a subscribed job, whatever its number of subscribers. Longer while the quota is short, because requests have priority.',
  ),
  ...OTEL_VARIABLES,
  AUTH_API_KEYS: listVariable(
    kind.API_KEYS,
    'API keys of clients, sent as `x-api-key` or as `authorization: Bearer`. The log, the metrics and the rate limits use the name. A name may have several keys, for key rotation.',
  ),
  AUTH_API_KEYS_FILE: secretFile('AUTH_API_KEYS'),
  AUTH_JWKS_URL: optional(
    kind.JWKS_URL,
    undefined,
    'JWKS of the identity provider. Clients authenticate with a token signed by one of its keys, sent as `authorization: Bearer`. Requires AUTH_JWT_ISSUER, and AUTH_JWT_AUDIENCE or AUTH_JWT_CLIENT_IDS.',
  ),
  AUTH_JWT_ISSUER: optional(kind.ISSUER, undefined, 'Required `iss` of a token.'),
  AUTH_JWT_AUDIENCE: listVariable(
    kind.claimValues('`aud`'),
    'Required audience of a token: its `aud` must be, or contain, one of these.',
  ),
  AUTH_JWT_CLIENT_IDS: listVariable(
    kind.claimValues('`client_id` or `azp`'),
    'Clients whose tokens are accepted without an `aud`, such as access tokens of Amazon Cognito. The `aud` of a token that has one must still match AUTH_JWT_AUDIENCE.',
  ),
  AUTH_MODE: optional(
    oneOf('none'),
    undefined,
    '`none` accepts anonymous callers. Without it, and without API keys or a JWKS, the gateway does not start on a HOST that other machines can reach.',
  ),
  CORS_ORIGINS: listVariable(
    kind.ORIGINS,
    'Origins of web pages that may read responses (CORS). Default: none but the own origin.',
  ),
  TRUSTED_HOSTS: listVariable(
    kind.HOST_NAMES,
    'Accepted values of the `Host` header, besides loopback names and HOST. Without authentication, requests with any other name are rejected with 403, because a web page can point its own name at this machine (DNS rebinding). With authentication they are rejected only if this variable is set.',
  ),
  TRUSTED_PROXIES: listVariable(
    kind.ADDRESS_RANGES,
    'Reverse proxies whose `x-forwarded-for` is trusted, for rate limits and the log. It is read from right to left, up to the first address that is not one of these. The header of any other peer is ignored.',
  ),
  TRUSTED_DOCUMENTS: optional(
    oneOf('only', 'allow'),
    undefined,
    'Trusted documents: operations that are registered beforehand and requested by id. `only` rejects all others, `allow` accepts both.',
  ),
  TRUSTED_DOCUMENTS_FILE: optional(
    text(
      'the path of a JSON file with an object of documents by id, as written by the client preset of graphql-codegen',
    ),
    'examples/operations/generated/persisted-documents.json',
    'Manifest of the trusted documents, read once at start.',
  ),
  LIMIT_REQUESTS_PER_MINUTE: withDefault(
    wholeNumber(0, 1_000_000, { note: '; 0 means no limit' }),
    '0',
    'GraphQL requests per minute of one client, identified by its name, or by its address if it has no name.',
  ),
  LIMIT_DEPTH: withDefault(
    wholeNumber(2, 100, { note: '; fewer would allow no query for a job' }),
    '12',
    'Maximum depth of nested fields in an operation. Introspection is not counted.',
  ),
  LIMIT_COMPLEXITY: withDefault(
    wholeNumber(12, 10_000_000, { note: '; fewer would allow no query for a job' }),
    '2500',
    'Maximum cost of an operation, computed before execution: one point for each field of each row that it can return, and ten for each upstream call that it can cause. 100 rows with every field are allowed.',
  ),
  LIMIT_SEARCH_CALLS: withDefault(
    wholeNumber(2, 1000, { note: '; a search with type ALL needs a page of each edition' }),
    '10',
    'Maximum upstream calls of one search; pages in the cache cost none. A search that needs more ends there, and the next page goes on. Each call costs ten points of LIMIT_COMPLEXITY.',
  ),
  LIMIT_BODY_BYTES: withDefault(
    wholeNumber(1000, 10_000_000, { unit: 'bytes' }),
    '100000',
    'Maximum size of a request body; a larger one is rejected with 413 while it is read.',
  ),
  GRAPHIQL: optional(
    kind.ON_OR_OFF,
    'on; off with NODE_ENV=production',
    'Serves GraphiQL to browsers at /graphql.',
  ),
  CONSOLE: optional(
    kind.ON_OR_OFF,
    'on with the emulator if the console is built; off otherwise, and with NODE_ENV=production',
    'Serves a web console for jobs at /console. The page itself is public and contains no data; its requests are authenticated and limited like all others, and its operations are trusted documents.',
  ),
  INTROSPECTION: optional(
    kind.ON_OR_OFF,
    'on; off with NODE_ENV=production',
    'Allows introspection queries.',
  ),
  EXECUTOR: withDefault(
    oneOf('compiled', 'graphql-js'),
    'compiled',
    'Executor of repeated queries: code that the gateway compiles for each query, or graphql-js. Both produce the same responses; compiled code uses a tenth of the CPU.',
  ),
  LOG_LEVEL: withDefault(
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'Minimum level of the JSON log lines on stdout.',
  ),
  NODE_ENV: optional(
    { ...oneOf('production', 'development', 'test'), allowed: 'production, development or test' },
    undefined,
    'With `production`, GraphiQL, the console and introspection are off unless set to `on`, and the emulator must be set explicitly. The other two values mean the same as unset.',
  ),
} as const;

/** Variables that are also read in lower case, as other programs do. */
const LOWER_CASE_TOO: ReadonlySet<string> = new Set(['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']);

/** Every name of a variable in the environment; the first one that is set takes precedence. */
export function namesOf(name: string): readonly string[] {
  return LOWER_CASE_TOO.has(name) ? [name.toLowerCase(), name] : [name];
}

/** Secrets that can also be read from a file, and the variables that name the file. */
export const SECRET_FILES = {
  AUTH_API_KEYS: 'AUTH_API_KEYS_FILE',
  REDIS_URL: 'REDIS_URL_FILE',
} as const;

/** The variable that names the file of a secret. `readSecretFiles` reads it before all others. */
function secretFile(name: keyof typeof SECRET_FILES) {
  return optional(
    text('the path of a regular file that is not empty'),
    undefined,
    `File with the value of ${name}, instead of ${name}. White space around its content is ignored.`,
  );
}

export type Environment = Readonly<Record<string, string | undefined>>;

export type VariableValues = ValuesOf<typeof VARIABLES>;

interface VendorVariable {
  readonly name: string;
  readonly meaning: string;
  /** Whether it names a source of credentials, which selects the real service; others configure how credentials are obtained. */
  readonly isSource: boolean;
}

/**
 * Variables that the vendor's default credential chain (`@alicloud/credentials` 2.4.7) reads itself, in its order.
 *
 * @see https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-node-js-access-credentials
 */
export const VENDOR_VARIABLES: readonly VendorVariable[] = [
  source('ALIBABA_CLOUD_ACCESS_KEY_ID', 'Access key of a RAM user, together with the secret.'),
  source('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'Secret of the access key. Never printed.'),
  source('ALIBABA_CLOUD_SECURITY_TOKEN', 'Security token of temporary (STS) credentials. Never printed.'),
  source('ALIBABA_CLOUD_ROLE_ARN', 'RAM role to assume by OIDC, together with the next two.'),
  source('ALIBABA_CLOUD_OIDC_PROVIDER_ARN', 'OIDC identity provider of the role.'),
  source('ALIBABA_CLOUD_OIDC_TOKEN_FILE', 'File with the OIDC token.'),
  setting(
    'ALIBABA_CLOUD_ROLE_SESSION_NAME',
    'Session name of the assumed role, as recorded by ActionTrail. Default: a name derived from the time.',
  ),
  setting(
    'ALIBABA_CLOUD_STS_REGION',
    'Region of the STS endpoint that issues the keys of a role: `sts.<region>.aliyuncs.com`. Default: `sts.aliyuncs.com`, which a VPC without internet access cannot reach.',
  ),
  setting(
    'ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED',
    '`true` uses the STS endpoint inside a VPC, `sts-vpc.<region>.aliyuncs.com`; requires ALIBABA_CLOUD_STS_REGION.',
  ),
  source(
    'ALIBABA_CLOUD_PROFILE',
    'Profile in the files of the aliyun CLI or the SDKs. Default: the current profile of the CLI, `default` in the file of the SDKs.',
  ),
  setting('ALIBABA_CLOUD_CLI_PROFILE_DISABLED', '`true` ignores `~/.aliyun/config.json` of the aliyun CLI.'),
  source('ALIBABA_CLOUD_CREDENTIALS_FILE', 'File with profiles, instead of `~/.alibabacloud/credentials`.'),
  source(
    'ALIBABA_CLOUD_ECS_METADATA',
    'RAM role of the ECS instance. The metadata service is used only if this is set, or for a profile.',
  ),
  setting(
    'ALIBABA_CLOUD_ECS_METADATA_DISABLED',
    '`true` never uses the metadata service of ECS (100.100.100.200); `false` reads the name of the role from it if ALIBABA_CLOUD_ECS_METADATA is not set. Default: `true` if neither that nor a profile is set, because outside ECS the request takes two seconds to fail.',
  ),
  setting('ALIBABA_CLOUD_IMDSV1_DISABLED', '`true` uses IMDSv2 only, that is with a session token.'),
  source('ALIBABA_CLOUD_CREDENTIALS_URI', 'URI that returns temporary credentials.'),
];

/** Values that are sent in headers, or sign calls: visible ASCII characters only. */
export const SENT_VARIABLES: ReadonlySet<string> = new Set([
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
]);

function source(name: string, meaning: string): VendorVariable {
  return { name, meaning, isSource: true };
}

function setting(name: string, meaning: string): VendorVariable {
  return { name, meaning, isSource: false };
}
