import { styleText } from 'node:util';
import type { Row, Total } from './tally.ts';

/** Parameters of the demo. */
export interface Script {
  readonly jobs: number;
  readonly pageSize: number;
  /** New jobs before each page but the first. */
  readonly inserts: number;
  /** Deletions happen before each page whose number this divides. */
  /** Number of jobs deleted at random then. */
  readonly deletions: number;
  readonly deleteEvery: number;
}

/** Name of a job in the table: its position in the list at the start. */
export type NameOf = (jobId: string) => string;

/** Columns on each client's side besides the dots: how many rows, and which. */
const COUNT = 2;
const RANGE = 10;
const AGAIN = 15;
const widthOf = ({ pageSize }: Script) => COUNT + 1 + pageSize + 2 + RANGE + AGAIN;

// `styleText` omits colours when stdout is no terminal or NO_COLOR is set.
const red = (text: string) => styleText('red', text);
const green = (text: string) => styleText('green', text);
const bold = (text: string) => styleText('bold', text);
const dim = (text: string) => styleText('dim', text);

const write = (line = '') => void process.stdout.write(`${line.trimEnd()}\n`);

/** Two lines that explain the demo, and the table's header. At most 100 columns, like all output. */
export function printHead(script: Script): void {
  const { jobs, pageSize, inserts, deletions, deleteEvery } = script;
  write();
  write(
    bold(
      `  Two clients walk one list of ${jobs} jobs, ${pageSize} to a page, while the list moves under them:`,
    ),
  );
  const third = ordinal(deleteEvery);
  write(
    `  ${inserts} new jobs come in on top before each next page, but ${deletions} are deleted before each ${third} one.`,
  );
  write();
  const width = widthOf(script);
  const left = 'PAGE NUMBERS  the upstream alone'.padEnd(width);
  const right = 'CURSORS  through the gateway'.padEnd(width);
  write(bold(`  page  list   ${left}   ${right}`));
  write(dim(`  ${'─'.repeat(4)}  ${'─'.repeat(5)}  ${'─'.repeat(width)}   ${'─'.repeat(width)}`));
}

/** One line of the table; a client at its end has no row. */
export function printPage(
  page: number,
  { inserts, deletions }: { inserts: number; deletions: number },
  rows: readonly (Row | undefined)[],
  script: Script,
  nameOf: NameOf,
): void {
  const change = `${inserts > 0 ? `+${inserts}` : ''}${deletions > 0 ? ` −${deletions}` : ''}`;
  const sides = rows.map((row) => side(row, script, nameOf));
  write(`  ${String(page).padStart(4)}  ${dim(change.padEnd(5))}  ${sides.join('   ')}`);
}

// Padded before colouring: escape codes are characters too.
function side(row: Row | undefined, script: Script, nameOf: NameOf): string {
  if (row === undefined) return dim(`${' '.repeat(COUNT)} at the end`.padEnd(widthOf(script)));
  const { jobIds, repeated } = row;
  const dots = jobIds.map((jobId) => (repeated.has(jobId) ? red('×') : green('●'))).join('');
  const blank = ' '.repeat(Math.max(0, script.pageSize - jobIds.length));
  const names = jobIds.map(nameOf);
  const range = names.length > 0 ? `#${names[0]}–${names.at(-1)}` : '';
  const again = repeated.size > 0 ? `again ${[...repeated].map(nameOf).join(', ')}` : '';
  const count = String(jobIds.length).padStart(COUNT);
  return `${count} ${dots}${blank}  ${dim(range.padEnd(RANGE))}${red(again.padEnd(AGAIN))}`;
}

/** Totals of both walks, and the verdict. */
export function printTotals(offset: Total, cursor: Total): void {
  const line = (label: string, of: (total: Total) => number, isFault = false) => {
    const cells = [of(offset), of(cursor)].map((value) => {
      const text = String(value).padStart(14);
      if (!isFault) return text;
      return value > 0 ? red(text) : green(text);
    });
    write(`  ${label.padEnd(40)}${cells.join('')}`);
  };
  write();
  write(dim('  ● a job for the first time   × one that this client has had before   # place at the start'));
  write();
  write(bold(`  ${''.padEnd(40)}${'page numbers'.padStart(14)}${'cursors'.padStart(14)}`));
  line('jobs in the list from start to end', ({ stood }) => stood);
  line('  of these never seen', ({ missed }) => missed, true);
  line('jobs seen twice', ({ twice }) => twice, true);
  line('pages', ({ pages }) => pages);
  line('upstream calls', ({ calls }) => calls);
  write();
  write(`  ${verdict('Page numbers', offset)}`);
  write(`  ${verdict('Cursors', cursor)}`);
  write();
}

/** Whether a walk returned each job that existed throughout, and none twice. */
export const isExact = ({ twice, missed }: Total): boolean => twice === 0 && missed === 0;

function verdict(name: string, total: Total): string {
  const text = `${`${name}:`.padEnd(14)} ${total.twice} seen twice, ${total.missed} missed`;
  return bold(isExact(total) ? green(`✓ ${text}`) : red(`✗ ${text}`));
}

function ordinal(count: number): string {
  return { 1: 'single', 2: 'second', 3: 'third' }[count] ?? `${count}th`;
}
