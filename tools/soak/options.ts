import { ROLES } from './load/index.ts';

/** Options from the command line. */
export interface Options {
  readonly minutes: number;
  /** Determines requests, changes and failures; their interleaving depends on the machine. */
  readonly seed: number;
  /** Number of concurrent clients. */
  readonly clients: number;
}

/** An invalid command line. The message says what is allowed. */
export class UsageError extends Error {}

/** Range of each option. */
const OPTIONS = {
  minutes: { min: 1, max: 10_000 },
  seed: { min: 0, max: 2 ** 32 - 1 },
  clients: { min: ROLES.length, max: 1000 },
} as const;

const HELP = `Options:
  --minutes=10   duration of the load
  --seed=        repeats the requests, changes and failures of another run; random by default
  --clients=30   number of concurrent clients, at least ${ROLES.length}: one of each kind`;

type Name = keyof typeof OPTIONS;

/**
 * Parses a command line.
 *
 * @throws UsageError with what is wrong and what is allowed
 */
export function parseOptions(args: readonly string[]): Options {
  const given = new Map<Name, number>();
  for (const arg of args) {
    const [, name = '', text = ''] = /^--([a-z]+)=(.*)$/.exec(arg) ?? [];
    if (!isName(name)) throw new UsageError(`There is no option ${arg}.\n${HELP}`);
    if (given.has(name)) throw new UsageError(`--${name} is given twice.`);
    const { min, max } = OPTIONS[name];
    const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
    if (value < min || value > max)
      throw new UsageError(`--${name} takes a whole number from ${min} to ${max}; not "${text}".`);
    given.set(name, value);
  }
  return {
    minutes: given.get('minutes') ?? 10,
    seed: given.get('seed') ?? Math.floor(Math.random() * 2 ** 32),
    clients: given.get('clients') ?? 30,
  };
}

function isName(name: string): name is Name {
  return Object.hasOwn(OPTIONS, name);
}
