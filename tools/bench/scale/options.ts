import { UsageError } from '../options.ts';

/** Options from the command line. */
export interface ScaleOptions {
  /** Measures only the cost of a page by the length of its list. */
  readonly growth: boolean;
  /** For development: short loads, whose figures are not meaningful. */
  readonly quick: boolean;
  /** Duration of each load, in seconds. Calls are counted per TTL, so a load must last several TTLs. */
  readonly longSeconds: number;
  /** File for every figure, as JSON. */
  readonly out: string | undefined;
  /** File for the report as Markdown. */
  readonly markdown: string | undefined;
}

const HELP = `Options:
  --growth          a page by the length of its list, and nothing else: ten minutes
  --quick           loads of 4 s, for development
  --seconds=5       a quarter of what each load lasts, 1 to 150
  --out=file        every figure as JSON
  --markdown=file   the report as Markdown`;

/** Duration of a load as a multiple of `--seconds`. */
const LONG = 4;

/**
 * Parses a command line.
 *
 * @throws UsageError with what is wrong and what is allowed
 */
export function parseScaleOptions(args: readonly string[]): ScaleOptions {
  const given = new Map<string, string>();
  for (const arg of args) {
    const [, name = '', value] = /^--([a-z]+)(?:=(.+))?$/.exec(arg) ?? [];
    const isFlag = name === 'quick' || name === 'growth';
    if (!isFlag && !['seconds', 'out', 'markdown'].includes(name))
      throw new UsageError(`There is no option ${arg}.\n${HELP}`);
    if (isFlag === (value !== undefined))
      throw new UsageError(`--${name} takes ${isFlag ? 'no value' : 'a value'}.\n${HELP}`);
    if (given.has(name)) throw new UsageError(`--${name} is given twice.`);
    given.set(name, value ?? '');
  }
  const quick = given.has('quick');
  const text = given.get('seconds') ?? (quick ? '1' : '5');
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > 150)
    throw new UsageError(`--seconds takes a whole number from 1 to 150; not "${text}".`);
  return {
    growth: given.has('growth'),
    quick,
    longSeconds: LONG * seconds,
    out: given.get('out'),
    markdown: given.get('markdown'),
  };
}
