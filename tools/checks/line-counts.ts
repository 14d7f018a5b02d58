import { globSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { run, say } from './run.ts';

const PAGE = 'docs/decisions.md';

/** Files to be counted. */
const SOURCES = 'src/**/*.{ts,js}';

/** Bullets of a part, in order. */
const BULLETS = ['What', 'Where', 'Library considered', 'What users lose', 'Revisit when'];

/** Maximum deviation of a count, as a fraction of the actual lines. */
const TOLERANCE = 0.1;

/** The bullet with the location of a part: paths in backticks, then the number of lines in parentheses. */
const WHERE = /^- \*\*Where\*\*: (.+) \(([\d,]+) lines\)$/;

/** A hand-written part of the code, as the page describes it. */
interface Part {
  readonly name: string;
  readonly bullets: readonly string[];
  /** Files, and folders with a trailing slash. */
  readonly paths: readonly string[];
  /** Number of lines according to the page. */
  readonly lines: number;
}

/**
 * `node tools/checks/line-counts.ts [--write]` fails if docs/decisions.md gives a line count that is off by more than a
 * tenth, names a missing path, describes a part in another form than the others, or omits a file of src. `--write` first
 * updates every count.
 *
 * A file counts for the part that names it, or for the part with the innermost folder that contains it. Lines are counted as
 * by `wc -l`: code, comments and blank lines.
 */
await run(() => {
  const [option, ...rest] = process.argv.slice(2);
  if ((option !== undefined && option !== '--write') || rest.length > 0)
    throw new Error('Give --write, or nothing.');
  let page = readFileSync(PAGE, 'utf8');
  const counts = countLines(partsOf(page));
  if (option === '--write') {
    page = withCounts(page, counts);
    writeFileSync(PAGE, page);
  }
  const parts = partsOf(page);
  const problems = [...formProblems(parts), ...pathProblems(parts), ...countProblems(parts, counts)];
  for (const problem of problems) say(`${PAGE}: ${problem}`);
  const total = [...counts.values()].reduce((sum, lines) => sum + lines, 0);
  say(
    `${parts.length} parts of ${shown(total)} lines: ${problems.length === 0 ? 'all as described' : 'run node tools/checks/line-counts.ts --write, or change the text'}.`,
  );
  return problems.length === 0;
});

/** Parts are the third-level headings with bullets. */
function partsOf(page: string): Part[] {
  return page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [name = '', ...lines] = (section.split(/^## /m)[0] ?? '').split('\n');
      const where = lines.map((line) => WHERE.exec(line)).find((found) => found !== null);
      return {
        name,
        bullets: lines.filter((line) => line.startsWith('- ')),
        paths: [...(where?.[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, path]) => String(path)),
        lines: Number((where?.[2] ?? 'NaN').replaceAll(',', '')),
      };
    });
}

function isFolder(path: string): boolean {
  return path.endsWith('/');
}

/** Files that a part may name: those of src, and others that are named explicitly. */
function filesOf(parts: readonly Part[]): string[] {
  const others = parts.flatMap(({ paths }) => paths.filter((path) => !path.startsWith('src/')));
  const named = others.flatMap((path) => globSync(isFolder(path) ? `${path}**/*.{ts,js}` : path));
  return [...new Set([...globSync(SOURCES), ...named])].filter((file) => !file.includes('/node_modules/'));
}

/** The part to which a file belongs: the one with the longest path that equals or contains the file. */
function ownerOf(file: string, parts: readonly Part[]): Part | undefined {
  const lengthIn = ({ paths }: Part) =>
    Math.max(
      0,
      ...paths
        .filter((path) => path === file || (isFolder(path) && file.startsWith(path)))
        .map(({ length }) => length),
    );
  const owner = parts.toSorted((one, other) => lengthIn(other) - lengthIn(one))[0];
  return owner !== undefined && lengthIn(owner) > 0 ? owner : undefined;
}

/** Actual line counts by part. */
function countLines(parts: readonly Part[]): Map<string, number> {
  const counts = new Map(parts.map(({ name }) => [name, 0]));
  for (const file of filesOf(parts)) {
    const owner = ownerOf(file, parts);
    if (owner === undefined) continue;
    const lines = readFileSync(file, 'utf8').split('\n').length - 1;
    counts.set(owner.name, (counts.get(owner.name) ?? 0) + lines);
  }
  return counts;
}

function withCounts(page: string, counts: ReadonlyMap<string, number>): string {
  let part = '';
  return page
    .split('\n')
    .map((line) => {
      if (line.startsWith('### ')) part = line.slice('### '.length);
      const lines = counts.get(part);
      return lines === undefined || !WHERE.test(line)
        ? line
        : line.replace(/\([\d,]+ lines\)$/, `(${shown(lines)} lines)`);
    })
    .join('\n');
}

function shown(lines: number): string {
  return lines.toLocaleString('en-US');
}

function formProblems(parts: readonly Part[]): string[] {
  return parts
    .filter(({ bullets, lines }) => {
      const names = bullets.map((bullet) => /^- \*\*([^*]+)\*\*: \S/.exec(bullet)?.[1]);
      return Number.isNaN(lines) || names.join() !== BULLETS.join();
    })
    .map(({ name }) => `"${name}" needs the bullets ${BULLETS.join(', ')}; Where ends with "(N lines)"`);
}

function pathProblems(parts: readonly Part[]): string[] {
  const paths = parts.flatMap((part) => part.paths);
  const missing = paths.filter((path) => globSync(path).length === 0);
  const twice = paths.filter((path, index) => paths.indexOf(path) !== index);
  const left = filesOf(parts).filter((file) => ownerOf(file, parts) === undefined);
  return [
    ...missing.map((path) => `${path} does not exist`),
    ...twice.map((path) => `${path} belongs to two parts`),
    ...left.map((file) => `${file} belongs to no part`),
  ];
}

function countProblems(parts: readonly Part[], counts: ReadonlyMap<string, number>): string[] {
  return parts
    .filter(
      ({ name, lines }) => Math.abs(lines - (counts.get(name) ?? 0)) > TOLERANCE * (counts.get(name) ?? 0),
    )
    .map(
      ({ name, lines }) =>
        `"${name}" is said to have ${shown(lines)} lines and has ${shown(counts.get(name) ?? 0)}`,
    );
}
