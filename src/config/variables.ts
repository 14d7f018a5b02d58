import { z } from 'zod';
import { REGIONS } from '../upstream/ims.ts';

/** One environment variable: what it means, what it takes, and how its text is read. */
export interface Variable<Value = unknown> {
  readonly name: string;
  /** In the words of `--help`; undefined where leaving it unset is a state of its own. */
  readonly default: string | undefined;
  /** What may be given, as it completes "allowed is ...". */
  readonly allowed: string;
  readonly meaning: string;
  readonly schema: z.ZodType<Value, string | undefined>;
}

const wholeNumber = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(fallback);

const onOff = z
  .enum(['on', 'off'])
  .transform((text) => text === 'on')
  .optional();

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a host name can only mean this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const bare = url.pathname === '/' && !/[?#@]/.test(text);
  return bare && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)));
}

/** Every variable that the gateway reads, in the order of the documentation. The vendor's own are listed in vendor.ts. */
export const VARIABLES = {
  HOST: variable({
    default: '127.0.0.1',
    allowed: 'an address or host name of this machine',
    meaning: 'Address to listen on.',
    schema: z
      .string()
      .regex(/^[\w.:-]+$/)
      .default('127.0.0.1'),
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
  AUTH_MODE: variable({
    default: undefined,
    allowed: 'none',
    meaning:
      'Who gets in. `none` lets anybody in who can reach HOST; without it a start on a HOST that other machines can reach is refused.',
    schema: z.enum(['none']).optional(),
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
  INTROSPECTION: variable({
    default: 'on; off with NODE_ENV=production',
    allowed: 'on or off',
    meaning: 'Whether clients may ask for the schema.',
    schema: onOff,
  }),
  LOG_LEVEL: variable({
    default: 'info',
    allowed: 'one of trace, debug, info, warn, error, fatal, silent',
    meaning: 'Least level of the JSON lines on stdout.',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  }),
  NODE_ENV: variable({
    default: undefined,
    allowed: 'any text; only `production` means something',
    meaning:
      'With `production`, GraphiQL and introspection are off unless asked for, and so is the emulator.',
    schema: z.string().optional(),
  }),
} as const;

function variable<Value>(definition: Omit<Variable<Value>, 'name'>): Omit<Variable<Value>, 'name'> {
  return definition;
}
