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

/** Every name under which the gateway reads a variable. */
export const OWN_NAMES: ReadonlySet<string> = new Set(Object.keys(VARIABLES).flatMap(namesOf));

const KNOWN_NAMES: ReadonlySet<string> = new Set([...OWN_NAMES, ...VENDOR_VARIABLES.map(({ name }) => name)]);

const CONTROL = /\p{Cc}/u;

/** Headers carry no such character, and keys and tokens of the vendor have none. */
const NOT_VISIBLE_ASCII = /[^\x21-\x7e]/u;

/** The variables that are not empty, without the white space around their values. */
export function trimmedEnvironment(environment: Environment): Environment {
  const entries = Object.entries(environment).map(([name, value = '']) => [name, value.trim()]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/** Drops the white space around the known variables of this process, where the vendor's credential chain reads them. */
export function trimProcessEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of KNOWN_NAMES) {
    const value = environment[name]?.trim();
    if (value === undefined || value === environment[name]) continue;
    if (value === '') delete environment[name];
    else environment[name] = value;
  }
}

/** Problems of values with unusable characters, by the name of the variable. No value is repeated. */
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

export interface ResolvedEnvironment {
  readonly env: Environment;
  /** A line each, for the operator; they name variables and files, never what is in them. */
  readonly problems: readonly string[];
}

/** Reads the files that `AUTH_API_KEYS_FILE` and `REDIS_URL_FILE` name. White space around the content is dropped. */
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

/** Prefixes of the gateway's own variables: an unknown name that starts with one of them is a mistake. */
const OWN_PREFIX = /^(IMS|CACHE|AUTH|LIMIT|LIVE|TRUSTED|CORS|REDIS)_/;

/** What Kubernetes sets for a service, here one called `redis` or `auth-api`: `<SERVICE>_PORT` is a URL. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)$|_SERVICE_PORT_\w|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const SERVICE_URL = /^(tcp|udp|sctp):\/\//;

/** The batch processor of the SDK for logs, whose variables differ from those for spans by two letters. */
const LOG_PROCESSOR = /^OTEL_BLRP_/;

const OTHERS: ReadonlySet<string> = new Set(['FTP_PROXY', 'ftp_proxy']);

/** Length of names in which one letter may be wrong, and in which two may be: `HOME` is not a mistyped `HOST`. */
const ONE_TYPO_FROM = 5;
const TWO_TYPOS_FROM = 9;

interface NearName {
  readonly name: string;
  readonly meant: string;
}

/** Problems of unknown names with a prefix of the gateway's own, except for service links of Kubernetes. */
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

/** Names without one of those prefixes that are nearly one of the variables. Other programs may own them. */
export function nearNames(env: Environment): NearName[] {
  return Object.keys(env).flatMap((name) => {
    const isKnown = OWN_PREFIX.test(name) || LOG_PROCESSOR.test(name) || KNOWN_NAMES.has(name);
    if (isKnown || OTHERS.has(name) || isServiceLink(name, env[name])) return [];
    const meant = nearest(name);
    return meant === undefined || env[meant] !== undefined ? [] : [{ name, meant }];
  });
}

function isServiceLink(name: string, value: string | undefined): boolean {
  return SERVICE_LINK.test(name) || (name.endsWith('_PORT') && SERVICE_URL.test(value ?? ''));
}

/** The variable that a name is a misspelling of; undefined where there is none. Two swapped letters are one typo. */
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

/** Variables whose whole values let somebody in, or are part of what does. */
const SECRETS = [
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
  'ALIBABA_CLOUD_CREDENTIALS_URI',
  'REDIS_SENTINEL_PASSWORD',
];

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY'].flatMap(namesOf);

/** The password in a URL, of whatever program; empty where there is none. */
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

/** Where a global expression matches next; the length of the text where it does not. */
function indexAfter(text: string, start: number, expression: RegExp): number {
  expression.lastIndex = start;
  return expression.exec(text)?.index ?? text.length;
}

/** The credentials of a proxy URL: as written, with and without the user, decoded, and as they are sent. */
function credentialsIn(proxyUrl: string): string[] {
  const end = proxyUrl.lastIndexOf('@');
  if (end === -1) return [];
  const written = proxyUrl.slice(0, end).replace(/^[^/@]*\/\//, '');
  const encoded = orElse(() => parseProxy(proxyUrl).authorization?.replace('Basic ', '') ?? '', '');
  const decoded = Buffer.from(encoded, 'base64').toString();
  return [written, decoded].flatMap((pair) => [pair, pair.slice(pair.indexOf(':') + 1)]).concat(encoded);
}

function orElse(read: () => string, otherwise: string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** The values of the variables that hold headers: each may be a key, also in a malformed one. */
function headerSecrets(env: Environment): string[] {
  const { OTEL_EXPORTER_OTLP_HEADERS: all = '', OTEL_EXPORTER_OTLP_TRACES_HEADERS: traces = '' } = env;
  return [all, traces].flatMap((text) => {
    const values = text.split(',').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
    return [text.trim(), ...values, ...values.map((value) => orElse(() => decodeURIComponent(value), value))];
  });
}

/** The values of an environment that must never be written anywhere, well-formed or not. */
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
