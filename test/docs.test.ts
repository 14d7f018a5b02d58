import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** A code block of a page. */
interface Fence {
  /** Page and line, for failure messages. */
  readonly at: string;
  /** Path in the mark on the line before: the file that contains these lines. */
  readonly from: string | undefined;
  /** Language on the first line, such as `ts`; empty without one. */
  readonly language: string;
  readonly lines: readonly string[];
}

interface Page {
  readonly file: string;
  readonly fences: readonly Fence[];
  /** Lines of the page, empty inside code blocks. */
  readonly prose: readonly string[];
}

const MARK = /^ *<!-- from: (\S+) -->$/;

/** The lines without their common indentation. */
function dedent(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const common = Math.min(...indents);
  return lines.map((line) => line.slice(common));
}

function parsePage(file: string): Page {
  const lines = read(file).split('\n');
  const fences: Fence[] = [];
  const prose: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    prose.push(lines[index] ?? '');
    if (!/^ *```/.test(prose[index] ?? '')) continue;
    const end = lines.findIndex((line, at) => at > index && /^ *```$/.test(line));
    if (end === -1) throw new Error(`${file}:${index + 1}: this block of code does not end`);
    const from = MARK.exec(lines[index - 1] ?? '')?.[1];
    const language = prose[index]?.trim().slice(3) ?? '';
    fences.push({ at: `${file}:${index + 1}`, from, language, lines: dedent(lines.slice(index + 1, end)) });
    for (; index < end; index++) prose[index + 1] = '';
  }
  return { file, fences, prose };
}

const pages = globSync(['*.md', 'docs/*.md', 'deploy/README.md', 'examples/*/README.md'], { cwd: root })
  .sort()
  .map(parsePage);

/** Whether a file contains these lines in succession, at any indentation. */
function isExcerpt({ lines }: Fence, source: string): boolean {
  const wanted = lines.join('\n');
  const all = source.split('\n');
  return all.some((_, start) => dedent(all.slice(start, start + lines.length)).join('\n') === wanted);
}

test('every code block that names a source file is an excerpt of it', () => {
  const marked = pages.flatMap(({ fences }) => fences).filter(({ from }) => from !== undefined);
  const astray = marked.filter(
    (fence) => !existsSync(join(root, String(fence.from))) || !isExcerpt(fence, read(String(fence.from))),
  );
  expect(astray.map(({ at, from }) => `${at} is not in ${from}`)).toEqual([]);
  expect(marked.length).toBeGreaterThan(30);
});

test('every `from:` mark precedes a code block', () => {
  const marks = pages.flatMap(({ prose }) => prose).filter((line) => line.includes('<!-- from:'));
  const marked = pages.flatMap(({ fences }) => fences).filter(({ from }) => from !== undefined);
  expect(marks).toHaveLength(marked.length);
});

test.each([
  'docs/clients.md',
  'docs/federation.md',
  'docs/kernel.md',
  'docs/live.md',
  'docs/trusted-documents.md',
])('every code block of %s names its source file', (file) => {
  const { fences } = parsePage(file);
  expect(fences.filter(({ from }) => from === undefined).map(({ at }) => at)).toEqual([]);
});

/** Languages of programs. A code block in one of them must come from a file that a test runs. */
const PROGRAMS = ['ts', 'tsx', 'js', 'graphql', 'nginx'];

test('every code block of a program names its source file, on every page', () => {
  const programs = pages
    .flatMap(({ fences }) => fences)
    .filter(({ language }) => PROGRAMS.includes(language));
  expect(programs.filter(({ from }) => from === undefined).map(({ at }) => at)).toEqual([]);
  expect(programs.length).toBeGreaterThan(50);
});

/** Anchors of a page's headings, as GitHub generates them. */
const anchorsOf = ({ prose }: Page) =>
  prose
    .filter((line) => /^#+ /.test(line))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
        .replaceAll(' ', '-'),
    );

/** Targets within the repository of a page's links and images. */
function linksOf({ prose }: Page): string[] {
  const text = prose.join('\n').replace(/`[^`\n]*`/g, '');
  const targets = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => String(target));
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

test('every link within the repository leads to an existing file and heading', () => {
  const links = pages.flatMap((page) => linksOf(page).map((target) => ({ page, target })));
  const broken = links.filter(({ page, target }) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page.file : join(dirname(page.file), path);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(parsePage(file)).includes(anchor);
  });
  expect(broken.map(({ page, target }) => `${page.file}: ${target}`)).toEqual([]);
  expect(links.length).toBeGreaterThan(20);
});

test('every test named in SECURITY.md exists', () => {
  const named = [...read('SECURITY.md').matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path ?? '');
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
