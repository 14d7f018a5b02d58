import { z } from 'zod/v3';
import { REGIONS } from '../upstream/ims.ts';
import {
  addressRanges,
  apiKeys,
  claimValues,
  hostNames,
  isEndpoint,
  isListenHost,
  issuer,
  isTrustworthy,
  onOff,
  origins,
  proxyUrl,
  redisUrl,
  variable,
  wholeNumber,
} from './kinds.ts';
import { OTEL_VARIABLES } from './otel-variables.ts';

/** Every variable that the gateway reads, in the order of the documentation. The vendor's own are listed in vendor.ts. */
export const VARIABLES = {
  HOST: variable({
    default: '127.0.0.1',
    allowed: 'an address or host name of this machine, without port and brackets',
    meaning:
      'Address to listen on. `::` takes IPv6 and IPv4; where the system has no IPv6 it means `0.0.0.0`.',
    schema: z.string().refine(isListenHost).default('127.0.0.1'),
  }),
  PORT: variable({
    default: '4000',
    allowed: 'a whole number from 0 to 65535; 0 takes any free port',
    meaning: 'Port to listen on.',
    schema: wholeNumber(0, 65_535, 4000),
  }),
  IMS_UPSTREAM: variable({
    default: '`alibaba` when IMS_ENDPOINT or credentials are set, else `emulator`',
    allowed: 'alibaba or emulator',
    meaning:
      'Where the jobs come from: the real service, or the emulator that comes with the gateway and runs inside it. With NODE_ENV=production the emulator must be asked for by name.',
    schema: z.enum(['alibaba', 'emulator']).optional(),
  }),
  IMS_REGION: variable({
    default: 'cn-shanghai',
    allowed: `one of ${REGIONS.join(', ')}`,
    meaning: 'Region of the service; the endpoint is `https://ice.<region>.aliyuncs.com`.',
    schema: z.enum(REGIONS).default('cn-shanghai'),
  }),
  IMS_ENDPOINT: variable({
    default: undefined,
    allowed: 'an https:// origin without path, or an http:// one on a loopback address',
    meaning: 'Overrides the endpoint, for a VPC endpoint or a stand-in.',
    schema: z
      .string()
      .refine(isEndpoint)
      .transform((text) => new URL(text).origin)
      .optional(),
  }),
  IMS_DEADLINE_MS: variable({
    default: '5000',
    allowed: 'a whole number of milliseconds from 100 to 60000',
    meaning: 'One deadline for all tries of one upstream read.',
    schema: wholeNumber(100, 60_000, 5000),
  }),
  IMS_MAX_REQUESTS_PER_SECOND: variable({
    default: '20',
    allowed: 'a whole number from 1 to 100000',
    meaning:
      "The account's upstream quota: no more requests are sent in any second, every try counted. The gateway slows down by itself when the upstream throttles earlier than that.",
    schema: wholeNumber(1, 100_000, 20),
  }),
  HTTP_PROXY: variable({
    default: undefined,
    allowed: 'the same as for HTTPS_PROXY',
    meaning:
      'Proxy for http:// requests to IMS_ENDPOINT and AUTH_JWKS_URL. Such URLs have to name a loopback host, so only a proxy at localhost or a loopback address is used; with any other the requests go directly. Also read as `http_proxy`, which wins. The emulator inside the gateway is reached without it.',
    isSecret: true,
    schema: proxyUrl,
  }),
  HTTPS_PROXY: variable({
    default: undefined,
    allowed:
      'an http:// or https:// URL, as in `http://proxy.example.com:3128`; a user and a password before the host are percent-encoded',
    meaning:
      'Proxy for https:// requests to the upstream and for the JWKS: it opens a tunnel (CONNECT), so TLS is still with the upstream. Loopback hosts are reached without it unless it is at localhost or a loopback address itself. Also read as `https_proxy`, which wins. As with curl, `http://` may be left out, and the port is 1080 (443 for an https:// proxy) where none is given. The lookup of credentials, Redis and the collector of traces are reached without it.',
    isSecret: true,
    schema: proxyUrl,
  }),
  NO_PROXY: variable({
    default: undefined,
    allowed:
      'host names, addresses and CIDR ranges with commas between them, as in `localhost,.internal,10.0.0.0/8`; or `*`',
    meaning:
      'Hosts that are reached without a proxy, as curl understands it: a name stands for itself and all names below it, `*` (alone) for every host; an entry with a port matches nothing. Also read as `no_proxy`, which wins.',
    schema: z.string().optional(),
  }),
  CACHE_TTL_MS: variable({
    default: '2000',
    allowed: 'a whole number of milliseconds from 0 to 3600000',
    meaning:
      'How old an upstream page may be when it is served; counted from the moment the upstream was asked. `0` turns off every cache between requests.',
    schema: wholeNumber(0, 3_600_000, 2000),
  }),
  CACHE_STALE_IF_ERROR_MS: variable({
    default: '60000',
    allowed: 'a whole number of milliseconds from 0 to 86400000',
    meaning: 'How old a page may be when it is served because the upstream fails; `0` means never.',
    schema: wholeNumber(0, 86_400_000, 60_000),
  }),
  REDIS_URL: variable({
    default: undefined,
    allowed:
      'a redis:// or rediss:// URL; with several hosts after redis+sentinel:// (and the name of the master as its path) or redis+cluster://',
    meaning:
      'A Redis that several replicas share: cached pages, the quota, the limits of clients and live events. While it is away each replica goes on by itself.',
    isSecret: true,
    schema: redisUrl,
  }),
  REDIS_URL_FILE: secretFile('REDIS_URL'),
  REDIS_SENTINEL_USERNAME: variable({
    default: undefined,
    allowed: 'a user of the Sentinels, with REDIS_SENTINEL_PASSWORD and a redis+sentinel:// URL',
    meaning: 'User with which the Sentinels are asked. The user in REDIS_URL is the one of Redis itself.',
    schema: z.string().optional(),
  }),
  REDIS_SENTINEL_PASSWORD: variable({
    default: undefined,
    allowed: 'the password of the Sentinels, with a redis+sentinel:// URL',
    meaning:
      'Password with which the Sentinels are asked, which may have another one than Redis. Not percent-encoded. Never printed.',
    isSecret: true,
    schema: z.string().optional(),
  }),
  LIVE_POLL_MS: variable({
    default: '1000',
    allowed: 'a whole number of milliseconds from 100 to 60000',
    meaning:
      'How often a watched job is looked at, however many watch it. Less often while the quota is short: callers go first.',
    schema: wholeNumber(100, 60_000, 1000),
  }),
  ...OTEL_VARIABLES,
  AUTH_API_KEYS: variable({
    default: undefined,
    allowed: 'pairs of a name and a key, as in `web:s3cret,batch:0ther`',
    meaning:
      'Keys that let clients in, sent as `x-api-key` or as `authorization: Bearer`. The name stands in the log, the metrics and the limits; it may have several keys, so that one can be replaced by another.',
    isSecret: true,
    schema: apiKeys,
  }),
  AUTH_API_KEYS_FILE: secretFile('AUTH_API_KEYS'),
  AUTH_JWKS_URL: variable({
    default: undefined,
    allowed: 'an https:// URL, or an http:// one on a loopback address',
    meaning:
      'Where the public keys of an identity provider are. Clients that send a token signed with one of them as `authorization: Bearer` get in. Together with AUTH_JWT_ISSUER, and AUTH_JWT_AUDIENCE or AUTH_JWT_CLIENT_IDS.',
    schema: z.string().refine(isTrustworthy).optional(),
  }),
  AUTH_JWT_ISSUER: variable({
    default: undefined,
    allowed: 'the `iss` of the tokens, to the letter and without quotes; one alone',
    meaning: 'Who has to have issued a token.',
    schema: issuer,
  }),
  AUTH_JWT_AUDIENCE: variable({
    default: undefined,
    allowed: 'values of `aud`, to the letter, with commas between them',
    meaning: 'Whom a token has to be meant for: one of these has to be its `aud`, or in it.',
    schema: claimValues,
  }),
  AUTH_JWT_CLIENT_IDS: variable({
    default: undefined,
    allowed: 'values of `client_id` or `azp`, to the letter, with commas between them',
    meaning:
      'Clients whose tokens are taken without an `aud`, as access tokens of Amazon Cognito are. A token with an `aud` is still checked by AUTH_JWT_AUDIENCE.',
    schema: claimValues,
  }),
  AUTH_MODE: variable({
    default: undefined,
    allowed: 'none',
    meaning:
      '`none` lets anybody in who can reach HOST. Without it, and without keys or a JWKS, a start on a HOST that other machines can reach is refused.',
    schema: z.enum(['none']).optional(),
  }),
  CORS_ORIGINS: variable({
    default: undefined,
    allowed:
      'origins as browsers send them, in lower case, without path and `*`, as in `https://app.example.com,http://localhost:5173`',
    meaning: 'Web pages of other origins that may read answers. None unless named.',
    schema: origins,
  }),
  TRUSTED_HOSTS: variable({
    default: undefined,
    allowed:
      'host names without port, as in `gateway.internal,*.example.com`; `*.` stands for every name below',
    meaning:
      'Host names (the `Host` header) that are served besides loopback names and HOST. Without authentication all other names are rejected with 403, because a web page can point its own name at this machine (DNS rebinding); with authentication, only if this is set.',
    schema: hostNames,
  }),
  TRUSTED_PROXIES: variable({
    default: undefined,
    allowed: 'addresses and CIDR ranges of IPv4 and IPv6, as in `10.0.0.0/8,2001:db8::7`; not all addresses',
    meaning:
      'Proxies whose `x-forwarded-for` is believed, for limits and the log. It is read from right to left, up to the first address that is not one of these. From anybody else it is ignored.',
    schema: addressRanges,
  }),
  TRUSTED_DOCUMENTS: variable({
    default: undefined,
    allowed: 'only or allow',
    meaning:
      'Operations that were registered beforehand and are asked for by their id. `only` refuses every other one, `allow` takes both.',
    schema: z.enum(['only', 'allow']).optional(),
  }),
  TRUSTED_DOCUMENTS_FILE: variable({
    default: 'examples/operations/generated/persisted-documents.json',
    allowed:
      'the path of a JSON file: an object of documents by id, as the client preset of graphql-codegen writes it',
    meaning: 'The manifest of the trusted documents, read once at start.',
    schema: z.string().optional(),
  }),
  LIMIT_REQUESTS_PER_MINUTE: variable({
    default: '0',
    allowed: 'a whole number from 0 to 1000000; 0 is no limit',
    meaning:
      'GraphQL requests that one client may send in a minute: by its name, or by its address where it has none.',
    schema: wholeNumber(0, 1_000_000, 0),
  }),
  LIMIT_DEPTH: variable({
    default: '12',
    allowed: 'a whole number from 2 to 100; no job can be read with less',
    meaning: 'How deep the fields of an operation may lie in each other. Introspection is not counted.',
    schema: wholeNumber(2, 100, 12),
  }),
  LIMIT_COMPLEXITY: variable({
    default: '2500',
    allowed: 'a whole number from 12 to 10000000; no job can be read with less',
    meaning:
      'What an operation may cost at most, known before it runs: a point for each field of each row it can return, and ten for each upstream call it can cause. 100 rows with every field pass.',
    schema: wholeNumber(12, 10_000_000, 2500),
  }),
  LIMIT_BODY_BYTES: variable({
    default: '100000',
    allowed: 'a whole number of bytes from 1000 to 10000000',
    meaning: 'Largest request body; a longer one is refused with 413 while it is being read.',
    schema: wholeNumber(1000, 10_000_000, 100_000),
  }),
  GRAPHIQL: variable({
    default: 'on; off with NODE_ENV=production',
    allowed: 'on or off',
    meaning: 'Whether a browser that opens /graphql gets GraphiQL.',
    schema: onOff,
  }),
  CONSOLE: variable({
    default: 'on with the emulator where it is built; off otherwise, and with NODE_ENV=production',
    allowed: 'on or off',
    meaning:
      'Whether /console is a page that shows the jobs to people. The page is open to all and holds no data; what it asks is answered like any request, and its operations are trusted documents.',
    schema: onOff,
  }),
  INTROSPECTION: variable({
    default: 'on; off with NODE_ENV=production',
    allowed: 'on or off',
    meaning: 'Whether clients may ask for the schema.',
    schema: onOff,
  }),
  EXECUTOR: variable({
    default: 'compiled',
    allowed: 'compiled or graphql-js',
    meaning:
      'Who executes a query that comes again: code that the gateway compiles for it, or graphql-js alone. Both give the same responses; compiled code takes a tenth of the CPU.',
    schema: z.enum(['compiled', 'graphql-js']).default('compiled'),
  }),
  LOG_LEVEL: variable({
    default: 'info',
    allowed: 'one of trace, debug, info, warn, error, fatal, silent',
    meaning: 'Least level of the JSON lines on stdout.',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  }),
  NODE_ENV: variable({
    default: undefined,
    allowed: 'production, development or test',
    meaning:
      'With `production`, GraphiQL, the console and introspection are off unless they are set to `on`, and the emulator has to be named. The other two mean the same as unset.',
    schema: z.enum(['production', 'development', 'test']).optional(),
  }),
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

/** The variable that names a file with the value of a secret. It is read by secret-files.ts, before all others. */
function secretFile(name: keyof typeof SECRET_FILES) {
  return variable({
    default: undefined,
    allowed: 'the path of a file that is not empty',
    meaning: `A file that holds the value of ${name}, instead of ${name}. White space around its content is dropped.`,
    schema: z.string().optional(),
  });
}

/** Environment variables by name, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the variables say, each read by itself. */
export type Values = { [Name in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[Name]['schema']> };
