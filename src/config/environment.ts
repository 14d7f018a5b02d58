import leven, { closestMatch } from 'leven';
import { readRegularFile } from '../regular-file.ts';
import { parseProxy } from '../upstream/proxy.ts';
import {
  type Environment,
  namesOf,
  SECRET_FILES,
  SENT_VARIABLES,
  VARIABLES,
  VENDOR_VARIABLES,
} from './variables.ts';

/** All names of the gateway's variables, including lower-case ones. */
export const OWN_NAMES: ReadonlySet<string> = new Set(Object.keys(VARIABLES).flatMap(namesOf));

const KNOWN_NAMES: ReadonlySet<string> = new Set([...OWN_NAMES, ...VENDOR_VARIABLES.map(({ name }) => name)]);

const CONTROL = /\p{Cc}/u;

/** Characters that neither headers nor the vendor's keys and tokens contain. */
const NOT_VISIBLE_ASCII = /[^\x21-\x7e]/u;

/** The environment with trimmed values, without empty ones. */
export function trimmedEnvironment(environment: Environment): Environment {
  const entries = Object.entries(environment).map(([name, value = '']) => [name, value.trim()]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/** Trims the known variables in the environment of this process, from which the vendor's credential chain reads. */
export function trimProcessEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of KNOWN_NAMES) {
    const value = environment[name]?.trim();
    if (value === undefined || value === environment[name]) continue;
    if (value === '') delete environment[name];
    else environment[name] = value;
  }
}

/** Problems of values with invalid characters, by variable name. Values are not repeated. */
export function unusableCharacters(env: Environment): Map<string, string> {
  const problems = new Map<string, string>();
  for (const name of KNOWN_NAMES) {
    const isSent = SENT_VARIABLES.has(name);
    const found = firstMatch(env[name] ?? '', isSent ? NOT_VISIBLE_ASCII : CONTROL);
    if (found === undefined) continue;
    const code = (found.character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const allowed = isSent ? 'visible ASCII characters only' : 'no control characters';
    const hint = found.character === '\n' && !isSent ? '; separate the entries of a list with commas' : '';
    problems.set(
      name,
      `${name}: invalid character U+${code} at position ${found.position}. Expected ${allowed}${hint}.`,
    );
  }
  return problems;
}

/** The first character of a value that matches, with its position from 1. Line breaks around the entries of a list are allowed. */
function firstMatch(value: string, expression: RegExp): { character: string; position: number } | undefined {
  let start = 0;
  for (const entry of value.split(',')) {
    const match = expression.exec(entry.trim());
    if (match !== null)
      return {
        character: match[0],
        position: start + entry.length - entry.trimStart().length + match.index + 1,
      };
    start += entry.length + 1;
  }
  return undefined;
}

/** The environment with the contents of secret files. */
export interface ResolvedEnvironment {
  readonly env: Environment;
  /** One line each. They name variables and files, never their contents. */
  readonly problems: readonly string[];
}

/** Reads the files named by `AUTH_API_KEYS_FILE` and `REDIS_URL_FILE`, and trims their contents. */
export function readSecretFiles(environment: Environment): ResolvedEnvironment {
  const env: Record<string, string | undefined> = { ...environment };
  const problems: string[] = [];
  for (const [name, fileName] of Object.entries(SECRET_FILES)) {
    const file = env[fileName]?.trim();
    if (!file) continue;
    if (env[name]?.trim()) {
      problems.push(`${fileName}: set together with ${name}. Expected only one of the two.`);
      continue;
    }
    const read = readRegularFile(file);
    if (read.problem === undefined) env[name] = read.content;
    else problems.push(`${fileName}: the file ${JSON.stringify(file)} ${read.problem}.`);
  }
  return { env, problems };
}

/** Prefixes of the gateway's variables: an unknown name with one of them is an error. */
const OWN_PREFIX = /^(IMS|CACHE|AUTH|LIMIT|LIVE|TRUSTED|CORS|REDIS)_/;

/** Kubernetes service links, for example of a service `redis` or `auth-api`. The value of `<SERVICE>_PORT` is a URL. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)$|_SERVICE_PORT_\w|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const SERVICE_URL = /^(tcp|udp|sctp):\/\//;

/** Variables of OpenTelemetry's log processor, which differ from those of the span processor by two letters. */
const LOG_PROCESSOR = /^OTEL_BLRP_/;

const OTHER_PROGRAMS: ReadonlySet<string> = new Set(['FTP_PROXY', 'ftp_proxy']);

/** Minimum lengths of names for one and for two typos, so that `HOME` is not taken for a misspelt `HOST`. */
const ONE_TYPO_FROM = 5;
const TWO_TYPOS_FROM = 9;

interface MisspeltName {
  readonly name: string;
  readonly meant: string;
}

/** Problems of unknown names with one of the gateway's prefixes, except for Kubernetes service links. */
export function unknownNames(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => OWN_PREFIX.test(name) && !KNOWN_NAMES.has(name) && !isServiceLink(name, env[name]))
    .map((name) => {
      const prefix = name.slice(0, name.indexOf('_') + 1);
      const meant = nearest(name);
      const known = [...OWN_NAMES].filter((other) => other.startsWith(prefix)).join(', ');
      const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
      return `${name}: unknown variable. Expected one of ${known}.${hint}`;
    });
}

/** Names without such a prefix that resemble a variable. They are only warnings, because other programs may own them. */
export function misspeltNames(env: Environment): MisspeltName[] {
  return Object.keys(env).flatMap((name) => {
    const isKnown = OWN_PREFIX.test(name) || LOG_PROCESSOR.test(name) || KNOWN_NAMES.has(name);
    if (isKnown || OTHER_PROGRAMS.has(name) || isServiceLink(name, env[name])) return [];
    const meant = nearest(name);
    return meant === undefined || env[meant] !== undefined ? [] : [{ name, meant }];
  });
}

function isServiceLink(name: string, value: string | undefined): boolean {
  return SERVICE_LINK.test(name) || (name.endsWith('_PORT') && SERVICE_URL.test(value ?? ''));
}

/** The variable that a name probably misspells; undefined if there is none. Two swapped letters count as one typo. */
function nearest(name: string): string | undefined {
  const upper = name.toUpperCase();
  const meant = closestMatch(upper, [...KNOWN_NAMES], { maxDistance: 2 });
  if (meant === undefined) return undefined;
  const typos = lettersOf(upper) === lettersOf(meant) ? Number(upper !== meant) : leven(upper, meant);
  const allowed = upper.length < ONE_TYPO_FROM ? 0 : upper.length < TWO_TYPOS_FROM ? 1 : 2;
  return typos <= allowed ? meant : undefined;
}

function lettersOf(name: string): string {
  return [...name].sort().join('');
}

/** Variables whose whole values are secret. */
const SECRETS = [
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
  'ALIBABA_CLOUD_CREDENTIALS_URI',
  'REDIS_SENTINEL_PASSWORD',
];

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY'].flatMap(namesOf);

/** The password in a URL; empty if there is none. */
function passwordIn(text: string): string {
  for (let start = text.indexOf('//'); start !== -1; start = text.indexOf('//', start)) {
    start += 2;
    const end = indexAfter(text, start, /[/?#]/g);
    let colon = text.indexOf(':', start);
    while (colon !== -1 && colon < end && text[colon + 1] === '@') colon = text.indexOf(':', colon + 1);
    if (colon === -1) return '';
    if (colon < end) {
      const at = text.indexOf('@', colon + 1);
      return at === -1 ? '' : text.slice(colon + 1, at);
    }
    start = end;
  }
  return '';
}

/** Index of the next match of a global regular expression; the length of the text if there is none. */
function indexAfter(text: string, start: number, expression: RegExp): number {
  expression.lastIndex = start;
  return expression.exec(text)?.index ?? text.length;
}

/** All forms of the credentials in a proxy URL: as written, decoded, with and without the user, and base64. */
function credentialsIn(proxyUrl: string): string[] {
  const end = proxyUrl.lastIndexOf('@');
  if (end === -1) return [];
  const written = proxyUrl.slice(0, end).replace(/^[^/@]*\/\//, '');
  const encoded = withFallback(() => parseProxy(proxyUrl).authorization?.replace('Basic ', '') ?? '', '');
  const decoded = Buffer.from(encoded, 'base64').toString();
  return [written, decoded].flatMap((pair) => [pair, pair.slice(pair.indexOf(':') + 1)]).concat(encoded);
}

function withFallback(read: () => string, otherwise: string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Values of the OTLP header variables: each may be a key, even in a malformed list. */
function headerSecrets(env: Environment): string[] {
  const { OTEL_EXPORTER_OTLP_HEADERS: all = '', OTEL_EXPORTER_OTLP_TRACES_HEADERS: traces = '' } = env;
  return [all, traces].flatMap((text) => {
    const values = text.split(',').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
    return [
      text.trim(),
      ...values,
      ...values.map((value) => withFallback(() => decodeURIComponent(value), value)),
    ];
  });
}

/** All secret values of an environment, well-formed or not, for masking. */
export function secretsOf(env: Environment): string[] {
  const keys = (env.AUTH_API_KEYS ?? '').split(',').map((entry) => entry.trim());
  return [
    ...SECRETS.map((name) => env[name]?.trim() ?? ''),
    ...headerSecrets(env),
    ...Object.values(env).map((value) => passwordIn(value ?? '')),
    ...PROXIES.flatMap((name) => credentialsIn(env[name] ?? '')),
    ...keys.flatMap((entry) => [entry, entry.slice(entry.indexOf(':') + 1).trim()]),
  ].filter((value) => value !== '');
}
