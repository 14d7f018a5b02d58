import { ROLES } from './load/index.ts';

/** What the command line decides. */
export interface Options {
  readonly minutes: number;
  /** Decides what is asked, what changes and what fails; how it interleaves depends on the machine. */
  readonly seed: number;
  /** How many clients ask at once. */
  readonly clients: number;
}

/** A command line that cannot be carried out; the message says what can. */
export class UsageError extends Error {}

/** What each option takes. */
const OPTIONS = {
  minutes: { least: 1, most: 10_000 },
  seed: { least: 0, most: 2 ** 32 - 1 },
  clients: { least: ROLES.length, most: 1000 },
} as const;

const HELP = `Options:
  --minutes=10   how long the load lasts
  --seed=        repeats what another run asked, changed and broke; a random one unless given
  --clients=30   how many clients ask at once, ${ROLES.length} at least: one of each kind`;

type Name = keyof typeof OPTIONS;

/**
 * Reads a command line.
 *
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(args: readonly string[]): Options {
  const given = new Map<Name, number>();
  for (const arg of args) {
    const [, name = '', text = ''] = /^--([a-z]+)=(.*)$/.exec(arg) ?? [];
    if (!isName(name)) throw new UsageError(`There is no option ${arg}.\n${HELP}`);
    if (given.has(name)) throw new UsageError(`--${name} is given twice.`);
    const { least, most } = OPTIONS[name];
    const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
    if (value < least || value > most)
      throw new UsageError(`--${name} takes a whole number from ${least} to ${most}; not "${text}".`);
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
