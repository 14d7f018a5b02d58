import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exchange, folderWith, root, runProgram } from './programs.ts';

/** The sources of the generated files, and the files themselves. */
const PARTS = [
  'src',
  'examples/operations',
  'console/src',
  'docs',
  'codegen.ts',
  'package.json',
  'schema.graphql',
  'subgraph.graphql',
];

/** An edit of a file: replaces every `from` by `to`. */
type Edit = readonly [file: string, from: string, to: string];

/**
 * Checks for stale files in a copy of the repository after edits, as `npm run check:generated` does. Node's compile cache for
 * the generator is reused between runs, because loading it takes half of each.
 */
async function checkAfter(...edits: readonly Edit[]) {
  const folder = await folderWith({});
  await Promise.all(PARTS.map((part) => cp(join(root, part), join(folder, part), { recursive: true })));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, from, to] of edits) {
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), exchange(text, from, to));
  }
  const codegen = join(folder, 'node_modules/.bin/graphql-codegen');
  const env = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compile') };
  const { code, output } = await runProgram(folder, codegen, ['--config', 'codegen.ts', '--check'], env);
  const [, list = ''] = output.split('stale files were detected:');
  return { code, output, stale: [...list.matchAll(/- (\S+)/g)].map(([, name]) => name).sort() };
}

test('check:generated passes if the generated files match their sources', async () => {
  const { code, stale } = await checkAfter();
  expect([code, stale]).toEqual([0, []]);
});

test('check:generated names a hand-edited schema.graphql and a changed operation, and no other file', async () => {
  const { code, stale } = await checkAfter(
    ['schema.graphql', 'gmtCreate', 'createdAt'],
    ['examples/operations/one-job.graphql', '    voiceDesc\n', ''],
  );
  const ofOperations = ['gql.ts', 'graphql.ts', 'persisted-documents.json'];
  expect(stale).toEqual([
    ...ofOperations.map((name) => `examples/operations/generated/${name}`),
    'schema.graphql',
  ]);
  expect(code).toBe(1);
});

test('check:generated names every file with a changed schema description', async () => {
  const { code, stale } = await checkAfter(['src/schema/enums.ts', 'Female voice.', 'The voice of a woman.']);
  const typed = ['console/src/generated/graphql.ts', 'examples/operations/generated/graphql.ts'];
  expect(stale).toEqual([...typed, 'schema.graphql', 'subgraph.graphql']);
  expect(code).toBe(1);
});

test('check:generated names a document that selects a renamed field', async () => {
  const { code, output } = await checkAfter(['src/schema/voice-jobs.ts', 'gmtCreate: t', 'createdAt: t']);
  expect(output).toContain('Cannot query field "gmtCreate" on type "CustomizedVoiceJob"');
  expect(code).toBe(1);
});
