import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, runCheck } from './schema/programs.ts';

/** A section of docs/decisions.md in the required form. */
const part = (name: string, where: string) => `### ${name}

- **What**: does something.
- **Where**: ${where}
- **Library considered**: none.
- **What users lose**: nothing.
- **Revisit when**: never.
`;

/** A repository with this page and three files of 10, 20 and 40 lines. */
async function repository(...parts: readonly string[]) {
  const folder = await folderWith({});
  await mkdir(join(folder, 'docs'));
  await mkdir(join(folder, 'src/deep'), { recursive: true });
  await writeFile(join(folder, 'src/ten.ts'), '\n'.repeat(10));
  await writeFile(join(folder, 'src/deep/twenty.ts'), '\n'.repeat(20));
  await writeFile(join(folder, 'src/deep/forty.js'), '\n'.repeat(40));
  const page = join(folder, 'docs/decisions.md');
  await writeFile(
    page,
    `# Decisions\n\n## What is ours\n\n${parts.join('\n')}\n## Last\n\n- no bullet of a part\n`,
  );
  return { check: (...args: string[]) => runCheck('line-counts.ts', args, folder), page };
}

test('line counts that deviate by up to 10% pass', async () => {
  const { check } = await repository(part('All', '`src/` (77 lines)'));
  expect(await check()).toEqual({ code: 0, output: '1 parts of 70 lines: all as described.\n' });
});

test('a line count that deviates by more than 10% fails with the correct count', async () => {
  const { check } = await repository(part('All', '`src/` (78 lines)'));
  const { code, output } = await check();
  expect(output).toContain('docs/decisions.md: "All" is said to have 78 lines and has 70\n');
  expect(code).toBe(1);
});

test('a file counts towards the section that names it or its innermost folder, and --write corrects the counts', async () => {
  const { check, page } = await repository(
    part('Rest', '`src/` (1,000 lines)'),
    part('Deep', '`src/deep/` (0 lines)'),
    part('Forty', '`src/deep/forty.js` (1 lines)'),
  );
  expect((await check()).code).toBe(1);
  expect((await check('--write')).code).toBe(0);
  expect((await readFile(page, 'utf8')).match(/\(\d+ lines\)/g)).toEqual([
    '(10 lines)',
    '(20 lines)',
    '(40 lines)',
  ]);
  expect((await check()).code).toBe(0);
});

test.for([
  ['a path that does not exist', '`src/`, `src/gone.ts` (70 lines)', 'src/gone.ts does not exist'],
  ['a repeated path', '`src/`, `src/` (70 lines)', 'src/ belongs to two parts'],
  ['a file of src without a section', '`src/deep/` (60 lines)', 'src/ten.ts belongs to no part'],
  ['a section without a line count', '`src/`', '"All" needs the bullets'],
] as const)('%s fails with its name', async ([, where, problem]) => {
  const { check } = await repository(part('All', where));
  const { code, output } = await check();
  expect(output).toContain(`docs/decisions.md: ${problem}`);
  expect(code).toBe(1);
});

test('a section that does not say what users lose fails', async () => {
  const text = part('All', '`src/` (70 lines)').replace(/^- \*\*What users lose.*\n/m, '');
  const { check } = await repository(text);
  expect((await check()).output).toContain('"All" needs the bullets What, Where, Library considered');
});
