import {
  list,
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

/** Every variable that the gateway reads, in the order of the documentation. The vendor's own are in {@link VENDOR_VARIABLES}. */
export const VARIABLES = {
  HOST: withDefault(
    kind.LISTEN_HOST,
    '127.0.0.1',
    'Address to listen on. `::` takes IPv6 and IPv4; where the system has no IPv6 it means `0.0.0.0`.',
  ),
  PORT: withDefault(
    wholeNumber(0, 65_535, { note: '; 0 takes any free port' }),
    '4000',
    'Port to listen on.',
  ),
  IMS_UPSTREAM: optional(
    oneOf('alibaba', 'emulator'),
    '`alibaba` when IMS_ENDPOINT or credentials are set, else `emulator`',
    'Where the jobs come from: the real service, or the emulator that comes with the gateway and runs inside it. With NODE_ENV=production the emulator must be asked for by name.',
  ),
  IMS_REGION: withDefault(
    oneOf(...REGIONS),
    'cn-shanghai',
    'Region of the service; the endpoint is `https://ice.<region>.aliyuncs.com`.',
  ),
  IMS_ENDPOINT: optional(
    kind.ENDPOINT,
    undefined,
    'Overrides the endpoint, for a VPC endpoint or a stand-in.',
  ),
  IMS_DEADLINE_MS: withDefault(
    milliseconds(100, 60_000),
    '5000',
    'One deadline for all attempts of one upstream read.',
  ),
  IMS_MAX_REQUESTS_PER_SECOND: withDefault(
    wholeNumber(1, 100_000),
    '20',
    "The account's upstream quota: no more requests are sent in any second, every attempt counted. The gateway slows down by itself when the upstream throttles earlier than that.",
  ),
  HTTP_PROXY: optional(
    { ...kind.PROXY, allowed: 'the same as for HTTPS_PROXY' },
    undefined,
    'Proxy for http:// requests to IMS_ENDPOINT and AUTH_JWKS_URL. Such URLs have to name a loopback host, so only a proxy at localhost or a loopback address is used; with any other the requests go directly. Also read as `http_proxy`, which wins. The emulator inside the gateway is reached without it.',
  ),
  HTTPS_PROXY: optional(
    kind.PROXY,
    undefined,
    'Proxy for https:// requests to the upstream and for the JWKS: it opens a tunnel (CONNECT), so TLS is still with the upstream. Loopback hosts are reached without it unless it is at localhost or a loopback address itself. Also read as `https_proxy`, which wins. As with curl, `http://` may be left out, and the port is 1080 (443 for an https:// proxy) where none is given. The lookup of credentials, Redis and the collector of traces are reached without it.',
  ),
  NO_PROXY: optional(
    text(
      'host names, addresses and CIDR ranges with commas between them, as in `localhost,.internal,10.0.0.0/8`; or `*`',
    ),
    undefined,
    'Hosts that are reached without a proxy, as curl understands it: a name stands for itself and all names below it, `*` (alone) for every host; an entry with a port matches nothing. Also read as `no_proxy`, which wins.',
  ),
  CACHE_TTL_MS: withDefault(
    milliseconds(0, 3_600_000),
    '2000',
    'How old an upstream page may be when it is served; counted from the moment the upstream was asked. `0` turns off every cache between requests.',
  ),
  CACHE_STALE_IF_ERROR_MS: withDefault(
    milliseconds(0, 86_400_000),
    '60000',
    'How old a page may be when it is served because the upstream fails; `0` means never.',
  ),
  REDIS_URL: optional(
    kind.REDIS_LOCATION,
    undefined,
    'A Redis that several replicas share: cached pages, the quota, the limits of clients and live events. While it is away each replica goes on by itself.',
  ),
  REDIS_URL_FILE: secretFile('REDIS_URL'),
  REDIS_SENTINEL_USERNAME: optional(
    text('a user of the Sentinels, with REDIS_SENTINEL_PASSWORD and a redis+sentinel:// URL'),
    undefined,
    'User with which the Sentinels are asked. The user in REDIS_URL is the one of Redis itself.',
  ),
  REDIS_SENTINEL_PASSWORD: optional(
    { ...text('the password of the Sentinels, with a redis+sentinel:// URL'), isSecret: true },
    undefined,
    'Password with which the Sentinels are asked, which may have another one than Redis. Not percent-encoded. Never printed.',
  ),
  LIVE_POLL_MS: withDefault(
    milliseconds(100, 60_000),
    '1000',
    'Poll interval of a watched job, however many subscribers it has. Longer while the quota is short: callers go first.',
  ),
  ...OTEL_VARIABLES,
  AUTH_API_KEYS: list(
    kind.API_KEYS,
    'Keys that let clients in, sent as `x-api-key` or as `authorization: Bearer`. The name stands in the log, the metrics and the limits; it may have several keys, so that one can be replaced by another.',
  ),
  AUTH_API_KEYS_FILE: secretFile('AUTH_API_KEYS'),
  AUTH_JWKS_URL: optional(
    kind.JWKS_URL,
    undefined,
    'Where the public keys of an identity provider are. Clients that send a token signed with one of them as `authorization: Bearer` get in. Together with AUTH_JWT_ISSUER, and AUTH_JWT_AUDIENCE or AUTH_JWT_CLIENT_IDS.',
  ),
  AUTH_JWT_ISSUER: optional(kind.ISSUER, undefined, 'Who has to have issued a token.'),
  AUTH_JWT_AUDIENCE: list(
    kind.claimValues('`aud`'),
    'Whom a token has to be meant for: one of these has to be its `aud`, or in it.',
  ),
  AUTH_JWT_CLIENT_IDS: list(
    kind.claimValues('`client_id` or `azp`'),
    'Clients whose tokens are taken without an `aud`, as access tokens of Amazon Cognito are. A token with an `aud` is still checked by AUTH_JWT_AUDIENCE.',
  ),
  AUTH_MODE: optional(
    oneOf('none'),
    undefined,
    '`none` lets anybody in who can reach HOST. Without it, and without keys or a JWKS, a start on a HOST that other machines can reach is refused.',
  ),
  CORS_ORIGINS: list(kind.ORIGINS, 'Web pages of other origins that may read responses. None unless named.'),
  TRUSTED_HOSTS: list(
    kind.HOST_NAMES,
    'Host names (the `Host` header) that are served besides loopback names and HOST. Without authentication all other names are rejected with 403, because a web page can point its own name at this machine (DNS rebinding); with authentication, only if this is set.',
  ),
  TRUSTED_PROXIES: list(
    kind.ADDRESS_RANGES,
    'Proxies whose `x-forwarded-for` is believed, for limits and the log. It is read from right to left, up to the first address that is not one of these. From anybody else it is ignored.',
  ),
  TRUSTED_DOCUMENTS: optional(
    oneOf('only', 'allow'),
    undefined,
    'Operations that were registered beforehand and are asked for by their id. `only` refuses every other one, `allow` takes both.',
  ),
  TRUSTED_DOCUMENTS_FILE: optional(
    text(
      'the path of a JSON file: an object of documents by id, as the client preset of graphql-codegen writes it',
    ),
    'examples/operations/generated/persisted-documents.json',
    'The manifest of the trusted documents, read once at start.',
  ),
  LIMIT_REQUESTS_PER_MINUTE: withDefault(
    wholeNumber(0, 1_000_000, { note: '; 0 is no limit' }),
    '0',
    'GraphQL requests that one client may send in a minute: by its name, or by its address where it has none.',
  ),
  LIMIT_DEPTH: withDefault(
    wholeNumber(2, 100, { note: '; no job can be read with less' }),
    '12',
    'How deep the fields of an operation may lie in each other. Introspection is not counted.',
  ),
  LIMIT_COMPLEXITY: withDefault(
    wholeNumber(12, 10_000_000, { note: '; no job can be read with less' }),
    '2500',
    'What an operation may cost at most, known before it runs: a point for each field of each row it can return, and ten for each upstream call it can cause. 100 rows with every field pass.',
  ),
  LIMIT_SEARCH_CALLS: withDefault(
    wholeNumber(1, 1000),
    '10',
    'Upstream calls that one search may make; pages in the cache cost none. A search that needs more ends there, and the next page goes on. Of both editions as one list, a search makes two calls at least. Each call costs ten points of LIMIT_COMPLEXITY.',
  ),
  LIMIT_BODY_BYTES: withDefault(
    wholeNumber(1000, 10_000_000, { unit: 'bytes' }),
    '100000',
    'Largest request body; a longer one is refused with 413 while it is being read.',
  ),
  GRAPHIQL: optional(
    kind.ON_OR_OFF,
    'on; off with NODE_ENV=production',
    'Whether a browser that opens /graphql gets GraphiQL.',
  ),
  CONSOLE: optional(
    kind.ON_OR_OFF,
    'on with the emulator where it is built; off otherwise, and with NODE_ENV=production',
    'Whether /console is a page that shows the jobs to people. The page is open to all and holds no data; its requests are handled like any other, and its operations are trusted documents.',
  ),
  INTROSPECTION: optional(
    kind.ON_OR_OFF,
    'on; off with NODE_ENV=production',
    'Whether clients may ask for the schema.',
  ),
  EXECUTOR: withDefault(
    oneOf('compiled', 'graphql-js'),
    'compiled',
    'Who executes a query that comes again: code that the gateway compiles for it, or graphql-js alone. Both give the same responses; compiled code takes a tenth of the CPU.',
  ),
  LOG_LEVEL: withDefault(
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'Least level of the JSON lines on stdout.',
  ),
  NODE_ENV: optional(
    { ...oneOf('production', 'development', 'test'), allowed: 'production, development or test' },
    undefined,
    'With `production`, GraphiQL, the console and introspection are off unless they are set to `on`, and the emulator has to be named. The other two mean the same as unset.',
  ),
} as const;

/** Variables that are also read in lower case, because other programs are. */
const LOWER_CASE_TOO: ReadonlySet<string> = new Set(['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']);

/** Every name that a variable has in the environment; of several that are set the first counts. */
export function namesOf(name: string): readonly string[] {
  return LOWER_CASE_TOO.has(name) ? [name.toLowerCase(), name] : [name];
}

/** Secrets that may also be given as files, and the variables that name those. */
export const SECRET_FILES = {
  AUTH_API_KEYS: 'AUTH_API_KEYS_FILE',
  REDIS_URL: 'REDIS_URL_FILE',
} as const;

/** The variable that names a file with the value of a secret. `readSecretFiles` reads it before all others. */
function secretFile(name: keyof typeof SECRET_FILES) {
  return optional(
    text('the path of a file that is not empty'),
    undefined,
    `A file that holds the value of ${name}, instead of ${name}. White space around its content is dropped.`,
  );
}

export type Environment = Readonly<Record<string, string | undefined>>;

export type Values = ValuesOf<typeof VARIABLES>;

interface VendorVariable {
  readonly name: string;
  readonly meaning: string;
  /** Whether it says where credentials are, so that the real service is meant; others only say how to get them. */
  readonly isSource: boolean;
}

/**
 * Variables that the vendor's default credential chain (`@alicloud/credentials` 2.4.7) reads itself, in its order.
 *
 * @see https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-node-js-access-credentials
 */
export const VENDOR_VARIABLES: readonly VendorVariable[] = [
  source('ALIBABA_CLOUD_ACCESS_KEY_ID', 'Access key of a RAM user, together with the secret.'),
  source('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'Its secret. Never printed.'),
  source('ALIBABA_CLOUD_SECURITY_TOKEN', 'Makes the pair a temporary (STS) one. Never printed.'),
  source('ALIBABA_CLOUD_ROLE_ARN', 'Role to take on by OIDC, together with the next two.'),
  source('ALIBABA_CLOUD_OIDC_PROVIDER_ARN', 'Identity provider of the role.'),
  source('ALIBABA_CLOUD_OIDC_TOKEN_FILE', 'File that holds the OIDC token.'),
  setting(
    'ALIBABA_CLOUD_ROLE_SESSION_NAME',
    'Name of the session of a role, as it stands in the records of ActionTrail. Default: a name made of the time.',
  ),
  setting(
    'ALIBABA_CLOUD_STS_REGION',
    'Region whose STS endpoint hands out the keys of a role: `sts.<region>.aliyuncs.com`. Default: `sts.aliyuncs.com`, which a VPC without internet access cannot reach.',
  ),
  setting(
    'ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED',
    '`true` makes that endpoint the one inside a VPC, `sts-vpc.<region>.aliyuncs.com`; needs ALIBABA_CLOUD_STS_REGION.',
  ),
  source(
    'ALIBABA_CLOUD_PROFILE',
    'Profile in the files of the aliyun CLI or of the SDKs. Default: the current one of the CLI, `default` in the file of the SDKs.',
  ),
  setting(
    'ALIBABA_CLOUD_CLI_PROFILE_DISABLED',
    '`true` leaves `~/.aliyun/config.json` of the aliyun CLI out.',
  ),
  source('ALIBABA_CLOUD_CREDENTIALS_FILE', 'File with profiles, instead of `~/.alibabacloud/credentials`.'),
  source(
    'ALIBABA_CLOUD_ECS_METADATA',
    'RAM role of the ECS instance. The metadata service is asked only if this is set, or for a profile.',
  ),
  setting(
    'ALIBABA_CLOUD_ECS_METADATA_DISABLED',
    '`true` never asks the metadata service of ECS (100.100.100.200); `false` asks it for the name of the role where ALIBABA_CLOUD_ECS_METADATA is not set. Default: `true` where neither that nor a profile is there, because a machine outside ECS waits two seconds for it.',
  ),
  setting(
    'ALIBABA_CLOUD_IMDSV1_DISABLED',
    '`true` takes keys of the metadata service only by IMDSv2, that is with a session token.',
  ),
  source('ALIBABA_CLOUD_CREDENTIALS_URI', 'URI that hands out temporary credentials.'),
];

/** Values that are sent in a header of each call, or sign it: visible ASCII alone. */
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
