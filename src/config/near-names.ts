import { type Environment, namesOf, VARIABLES } from './variables.ts';
import { VENDOR_VARIABLES } from './vendor.ts';

/** Prefixes of the gateway's own variables: an unknown name that starts with one of them is a mistake. */
const OWN_PREFIX = /^(IMS|CACHE|AUTH|LIMIT|LIVE|TRUSTED|CORS|REDIS)_/;

/** What Kubernetes sets for a service, here one called `redis` or `auth-api`: `<SERVICE>_PORT` is a URL. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)$|_SERVICE_PORT_\w|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const SERVICE_URL = /^(tcp|udp|sctp):\/\//;

/** The batch processor of the SDK for logs, whose variables differ from those for spans by two letters. */
const LOG_PROCESSOR = /^OTEL_BLRP_/;

const OWN_NAMES = Object.keys(VARIABLES).flatMap(namesOf);

/** Names of other programs that are nearly one of ours. */
const OTHERS: ReadonlySet<string> = new Set(['FTP_PROXY', 'ftp_proxy']);

const KNOWN_NAMES = new Set([...OWN_NAMES, ...VENDOR_VARIABLES.map(({ name }) => name)]);

/** Shortest name of which one letter may be wrong, and of which two may be: `HOME` is not a mistyped `HOST`. */
const ONE_TYPO_FROM = 5;
const TWO_TYPOS_FROM = 9;

/** A name in the environment that is probably a mistyped one. */
export interface NearName {
  readonly name: string;
  /** The variable that was probably meant. */
  readonly meant: string;
}

/** Problems of names that start like one of the gateway's own and are none, except for the service links of Kubernetes. */
export function unknownNames(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => OWN_PREFIX.test(name) && !KNOWN_NAMES.has(name) && !isServiceLink(name, env[name]))
    .map((name) => {
      const prefix = name.slice(0, name.indexOf('_') + 1);
      const meant = nearest(name);
      const known = OWN_NAMES.filter((other) => other.startsWith(prefix)).join(', ');
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      return `${name}: not a variable of this gateway; those with ${prefix} are ${known}${hint}`;
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

/** The variable that a name is a misspelling of; undefined where there is none. */
function nearest(name: string): string | undefined {
  const upper = name.toUpperCase();
  const allowed = upper.length < ONE_TYPO_FROM ? 0 : upper.length < TWO_TYPOS_FROM ? 1 : 2;
  let best: { known: string; typos: number } | undefined;
  for (const known of KNOWN_NAMES) {
    if (Math.abs(known.length - upper.length) > allowed) continue;
    const typos = editDistance(upper, known);
    if (typos <= allowed && (best === undefined || typos < best.typos)) best = { known, typos };
  }
  return best?.known;
}

/**
 * Fewest letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
 *
 * @see https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let typos = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && isSwap) typos = Math.min(typos, (beforeLast[column - 2] ?? 0) + 1);
      current.push(typos);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] ?? 0;
}
