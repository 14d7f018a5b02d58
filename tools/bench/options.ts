/** Available measurements, in the order of the report. */
export const MODES = ['hot', 'warm', 'cold', 'scroll', 'crowd', 'latency', 'start'] as const;
export type ModeName = (typeof MODES)[number];

/** Available peers, in the order of the report. */
export const PEERS = ['node', 'proxy', 'gateway', 'apollo', 'hive', 'tailcall'] as const;
export type PeerName = (typeof PEERS)[number];

/** Options from the command line. */
export interface Options {
  /** For development: one short round, whose figures are not meaningful. */
  readonly quick: boolean;
  readonly only: readonly PeerName[];
  readonly modes: readonly ModeName[];
  readonly rounds: number;
  /** Duration of each load of hot, warm, cold and start. */
  readonly seconds: number;
  /** Duration of the loads of crowd and latency. */
  readonly longSeconds: number;
  /** Number of connections of hot, warm, cold and start. */
  readonly connections: number;
  /** File for every figure of every round, as JSON. */
  readonly out: string | undefined;
  /** File for the report as Markdown. */
  readonly markdown: string | undefined;
}

/** An invalid command line. The message says what is allowed. */
export class UsageError extends Error {}

const HELP = `Options:
  --quick           one round of 2 s, for development
  --only=a,b        peers: ${PEERS.join(', ')}
  --modes=a,b       modes: ${MODES.join(', ')}
  --rounds=3        rounds, 1 to 100
  --seconds=5       seconds of each load, 1 to 600; crowd and latency take twice as long
  --connections=32  connections of each load but crowd, 1 to 1000
  --out=file        every figure as JSON
  --markdown=file   the report as Markdown`;

/**
 * Parses a command line.
 *
 * @throws UsageError with what is wrong and what is allowed
 */
export function parseOptions(args: readonly string[]): Options {
  const given = new Map<string, string>();
  for (const arg of args) {
    const [, name = '', value] = /^--([a-z]+)(?:=(.+))?$/.exec(arg) ?? [];
    const isFlag = name === 'quick';
    const isKnown =
      isFlag || ['only', 'modes', 'rounds', 'seconds', 'connections', 'out', 'markdown'].includes(name);
    if (!isKnown) throw new UsageError(`There is no option ${arg}.\n${HELP}`);
    if (isFlag === (value !== undefined))
      throw new UsageError(`--${name} takes ${isFlag ? 'no value' : 'a value'}.\n${HELP}`);
    if (given.has(name)) throw new UsageError(`--${name} is given twice.`);
    given.set(name, value ?? '');
  }
  const quick = given.has('quick');
  const seconds = wholeNumber('seconds', given.get('seconds'), 600) ?? (quick ? 2 : 5);
  return {
    quick,
    only: names('only', given.get('only'), PEERS),
    modes: names('modes', given.get('modes'), MODES),
    rounds: wholeNumber('rounds', given.get('rounds'), 100) ?? (quick ? 1 : 3),
    seconds,
    longSeconds: quick ? seconds : 2 * seconds,
    connections: wholeNumber('connections', given.get('connections'), 1000) ?? 32,
    out: given.get('out'),
    markdown: given.get('markdown'),
  };
}

/** All of `known` if `text` is undefined; otherwise the listed ones, in the order of `known`. */
function names<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): Name[] {
  if (text === undefined) return [...known];
  const wanted = text.split(',');
  for (const name of wanted) {
    if (!(known as readonly string[]).includes(name))
      throw new UsageError(`--${option} takes ${known.join(', ')}; not "${name}".`);
  }
  return known.filter((name) => wanted.includes(name));
}

function wholeNumber(option: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max)
    throw new UsageError(`--${option} takes a whole number from 1 to ${max}; not "${text}".`);
  return value;
}
