import type { Column, Mode } from '../modes/mode.ts';
import type { Results } from '../results.ts';

/** A table as text: a heading, then one row per label. */
export type Cells = readonly (readonly string[])[];

/** Results of a mode as cells, without empty columns. */
export function cellsOf(mode: Mode, results: Results): Cells {
  const rows = results.labels(mode.name).map((label) => ({
    label,
    cells: mode.columns.map((column) => cell(mode, results, label, column)),
  }));
  const kept = mode.columns.map((_, index) => rows.some(({ cells }) => cells[index] !== '–'));
  const filled = (cells: readonly string[]): string[] => cells.filter((_, index) => kept[index]);
  return [
    ['', ...filled(mode.columns.map(({ title }) => title))],
    ...rows.map(({ label, cells }) => [label, ...filled(cells)]),
  ];
}

/** Aligns columns with spaces: the first to the left, all others to the right. */
export function plain(cells: Cells): string {
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return cells.map(line).join('\n');
}

/** A Markdown table. */
export function markdown(cells: Cells): string {
  const [heading = [], ...rows] = cells.map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  const rule = heading.map((_, column) => (column === 0 ? '---' : '--:'));
  return [heading, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function cell({ name }: Mode, results: Results, label: string, { figure, digits, spread }: Column): string {
  const summary = results.summary(name, label, figure);
  if (summary === undefined) return '–';
  const [median, min, max] = [summary.median, summary.min, summary.max].map((value) => number(value, digits));
  return spread === true && min !== max ? `${median} (${min}–${max})` : `${median}`;
}

function number(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
