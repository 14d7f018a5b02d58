import type { z } from 'zod';
import { endpointOf } from '../upstream/ims.ts';
import { isLoopback, VARIABLES } from './variables.ts';
import { VENDOR_VARIABLES } from './vendor.ts';

/** Everything one start is configured with. Holds no secret: credentials stay with the vendor's chain. */
export interface Config {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly upstream: { readonly kind: 'emulator' } | { readonly kind: 'alibaba'; readonly endpoint: string };
  /** One deadline for all tries of one upstream read, in milliseconds. */
  readonly deadlineMs: number;
  /** Largest request body. */
  readonly maxBodyBytes: number;
  readonly cache: {
    /** How old a page may be when it is served, in milliseconds; 0 turns off every cache between requests. */
    readonly ttlMs: number;
    /** How old while the upstream fails; 0 means never. */
    readonly staleIfErrorMs: number;
  };
  readonly graphiql: boolean;
  readonly introspection: boolean;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** For the start: names that were given and will have an effect in a later version only. */
  readonly ignored: readonly string[];
}

/** Environment variables by name, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

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

/** Prefixes in which an unknown name is taken for a mistyped one. */
const OWN_PREFIX = /^(IMS|CACHE|AUTH|LIMIT|LIVE)_/;

/** Names that stand for features to come: harmless to leave out for now, and said at start. */
const LATER = [
  'IMS_MAX_REQUESTS_PER_SECOND',
  'LIVE_POLL_MS',
  'LIMIT_REQUESTS_PER_MINUTE',
  'LIMIT_DEPTH',
  'LIMIT_COMPLEXITY',
  'REDIS_URL',
];

/**
 * Reads the environment. An empty value counts as unset.
 *
 * @throws ConfigError naming every problem at once: what each variable got and what is allowed
 */
export function loadConfig(environment: Environment): Config {
  const env = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const { values, problems } = readValues(env);
  problems.push(...unknownNames(env), ...tornCredentials(env), ...contradictions(values, env));
  if (problems.length > 0) throw new ConfigError(problems);

  const inProduction = values.NODE_ENV === 'production';
  return Object.freeze<Config>({
    host: values.HOST,
    port: values.PORT,
    upstream:
      upstreamKind(values, env) === 'emulator'
        ? { kind: 'emulator' }
        : { kind: 'alibaba', endpoint: values.IMS_ENDPOINT ?? endpointOf(values.IMS_REGION) },
    deadlineMs: values.IMS_DEADLINE_MS,
    maxBodyBytes: values.LIMIT_BODY_BYTES,
    cache: { ttlMs: values.CACHE_TTL_MS, staleIfErrorMs: values.CACHE_STALE_IF_ERROR_MS },
    graphiql: values.GRAPHIQL ?? !inProduction,
    introspection: values.INTROSPECTION ?? !inProduction,
    logLevel: values.LOG_LEVEL,
    ignored: LATER.filter((name) => env[name] !== undefined),
  });
}

type Values = { [Name in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[Name]['schema']> };

/** Each variable by itself, so that one wrong value does not hide what is wrong with the others. */
function readValues(env: Environment): { values: Values; problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { schema, allowed }] of Object.entries(VARIABLES)) {
    const result = schema.safeParse(env[name]);
    if (result.success) values[name] = result.data;
    else problems.push(`${name}: got ${shown(env[name])}; allowed is ${allowed}`);
  }
  return { values: values as Values, problems };
}

/** A value as it may be printed: what stands before an @ in a URL is a secret. */
function shown(value: string | undefined): string {
  return JSON.stringify(value?.replace(/\/\/[^@/]*@/, '//***@'));
}

function unknownNames(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => OWN_PREFIX.test(name) && !(name in VARIABLES) && !LATER.includes(name))
    .map((name) => {
      const prefix = name.slice(0, name.indexOf('_') + 1);
      const known = [...Object.keys(VARIABLES), ...LATER].filter((other) => other.startsWith(prefix));
      return `${name}: not a variable of this gateway; those with ${prefix} are ${known.join(', ')}`;
    });
}

function tornCredentials(env: Environment): string[] {
  const [id, secret] = ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'];
  if ((env[id] === undefined) === (env[secret] === undefined)) return [];
  const [missing, given] = env[id] === undefined ? [id, secret] : [secret, id];
  return [`${missing}: not set, while ${given} is; allowed is both or neither`];
}

function contradictions(values: Partial<Values>, env: Environment): string[] {
  const problems: string[] = [];
  if (values.IMS_UPSTREAM === 'emulator' && values.IMS_ENDPOINT !== undefined) {
    problems.push('IMS_UPSTREAM: got "emulator" together with IMS_ENDPOINT; allowed is one of the two');
  }
  if (
    values.NODE_ENV === 'production' &&
    values.IMS_UPSTREAM === undefined &&
    upstreamKind(values, env) === 'emulator'
  ) {
    problems.push(
      'IMS_UPSTREAM: not set, and neither are IMS_ENDPOINT or credentials; with NODE_ENV=production the emulator must be asked for by name',
    );
  }
  if (values.HOST !== undefined && !isLoopback(values.HOST) && values.AUTH_MODE !== 'none') {
    problems.push(
      `HOST: got ${JSON.stringify(values.HOST)}, which other machines may reach; allowed is a loopback address, or AUTH_MODE=none to let anybody in`,
    );
  }
  return problems;
}

function upstreamKind(values: Partial<Values>, env: Environment): 'alibaba' | 'emulator' {
  const pointsAtService =
    values.IMS_ENDPOINT !== undefined || VENDOR_VARIABLES.some(({ name }) => env[name] !== undefined);
  return values.IMS_UPSTREAM ?? (pointsAtService ? 'alibaba' : 'emulator');
}
