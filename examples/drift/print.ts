import { styleText } from 'node:util';
import type { Row, Total } from './tally.ts';

/** What the demonstration does, in numbers. */
export interface Script {
  readonly jobs: number;
  readonly pageSize: number;
  /** New jobs before each page but the first. */
  readonly inserts: number;
  /** One deletion before each page whose number this divides. */
  readonly deleteEvery: number;
}

/** How a job is called in the table: its place in the list at the start. */
export type NameOf = (jobId: string) => string;

/** Columns of a client's side: count, dots, a gap, and which jobs. */
const SIDE = { count: 2, gap: 2, which: 22 } as const;

// `styleText` itself leaves colours out when stdout is no terminal or NO_COLOR is set.
const red = (text: string) => styleText('red', text);
const green = (text: string) => styleText('green', text);
const bold = (text: string) => styleText('bold', text);
const dim = (text: string) => styleText('dim', text);

const write = (line = '') => void process.stdout.write(`${line.trimEnd()}\n`);

/** Two lines on what happens, and the head of the table. At most 100 columns, as is all that follows. */
export function printHead({ jobs, pageSize, inserts, deleteEvery }: Script): void {
  write();
  write(bold(`  Two clients walk one list of ${jobs} jobs, ${pageSize} to a page, while the list moves under them:`));
  write(`  ${inserts} new jobs on top before each next page, 1 deletion at random before each ${ordinal(deleteEvery)}.`);
  write();
  const width = SIDE.count + 1 + pageSize + SIDE.gap + SIDE.which;
  const left = 'PAGE NUMBERS  the upstream alone'.padEnd(width);
  const right = 'CURSORS  through the gateway'.padEnd(width);
  write(bold(`  page  list   ${left}   ${right}`));
  write(dim(`  ${'─'.repeat(4)}  ${'─'.repeat(5)}  ${'─'.repeat(width)}   ${'─'.repeat(width)}`));
}

/** One line of the table; a client that has come to its end has no row. */
export function printPage(
  page: number,
  { inserts, deletions }: { inserts: number; deletions: number },
  rows: readonly (Row | undefined)[],
  { pageSize }: Script,
  nameOf: NameOf,
): void {
  const change = `${inserts > 0 ? `+${inserts}` : ''}${deletions > 0 ? ` −${deletions}` : ''}`;
  const sides = rows.map((row) => side(row, pageSize, nameOf));
  write(`  ${String(page).padStart(4)}  ${dim(change.padEnd(5))}  ${sides.join('   ')}`);
}

function side(row: Row | undefined, pageSize: number, nameOf: NameOf): string {
  const width = SIDE.count + 1 + pageSize + SIDE.gap + SIDE.which;
  if (row === undefined) return dim('at the end'.padEnd(width));
  const dots = row.jobIds.map((jobId) => (row.repeated.has(jobId) ? red('×') : green('●'))).join('');
  const rest = ' '.repeat(Math.max(0, pageSize - row.jobIds.length) + SIDE.gap);
  const names = row.jobIds.map(nameOf);
  const range = names.length > 0 ? `#${names[0]}–${names.at(-1)}` : '';
  const again = row.repeated.size > 0 ? `again ${[...row.repeated].map(nameOf).join(', ')}` : '';
  const gap = again === '' ? '' : ' '.repeat(Math.max(1, 10 - range.length));
  const blank = ' '.repeat(Math.max(0, SIDE.which - range.length - gap.length - again.length));
  const count = String(row.jobIds.length).padStart(SIDE.count);
  return `${count} ${dots}${rest}${dim(range)}${gap}${red(again)}${blank}`;
}

/** The account of both walks, the verdict last. */
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

/** Whether a walk showed each job that stood, and none twice. */
export const isExact = ({ twice, missed }: Total): boolean => twice === 0 && missed === 0;

function verdict(name: string, total: Total): string {
  const text = `${`${name}:`.padEnd(14)} ${total.twice} seen twice, ${total.missed} missed`;
  return bold(isExact(total) ? green(`✓ ${text}`) : red(`✗ ${text}`));
}

function ordinal(count: number): string {
  return { 1: 'one', 2: 'second one', 3: 'third one' }[count] ?? `${count}th one`;
}
