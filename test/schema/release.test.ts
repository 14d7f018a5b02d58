import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, root, runProgram } from './programs.ts';

const RELEASED = 'tools/checks/released-schema';

/** A repository with the scripts of this one, and a schema that has lost a field since the last release. */
async function repository(accepted: string) {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const folder = await folderWith({
    'package.json': JSON.stringify({ name: 'copy', version: '1.2.3', type: 'module', scripts }),
    'schema.graphql': 'type Query { here: Int }',
    'subgraph.graphql': 'type Query { there: Int }',
  });
  await cp(join(root, 'tools/checks'), join(folder, 'tools/checks'), { recursive: true });
  await writeFile(join(folder, RELEASED, 'schema.graphql'), 'type Query { here: Int gone: Int }');
  await writeFile(join(folder, RELEASED, 'accepted.txt'), accepted);

  const identity = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: join(folder, '.git/none') };
  const author = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b.c' };
  const committer = { GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b.c' };
  const env = { ...identity, ...author, ...committer, NPM_CONFIG_UPDATE_NOTIFIER: 'false' };
  const run = (file: string, ...args: string[]) => runProgram(folder, file, args, env);
  await run('git', 'init', '--quiet');
  await run('git', 'add', '.');
  await run('git', 'commit', '--quiet', '--message', 'first');
  return run;
}

test('`npm version` commits the schemas with the release', async () => {
  const run = await repository('');
  expect(await run('npm', 'version', 'patch')).toMatchObject({ code: 0 });
  const show = (file: string) => run('git', 'show', `v1.2.4:${file}`);
  expect((await show(`${RELEASED}/schema.graphql`)).output).toBe('type Query { here: Int }');
  expect((await show(`${RELEASED}/subgraph.graphql`)).output).toBe('type Query { there: Int }');
  expect((await show('package.json')).output).toContain('1.2.4');
});

test('a release with accepted breaking changes must be a major one, which clears the list of accepted changes', async () => {
  const run = await repository('Query.gone nobody asked for it\n');
  const minor = await run('npm', 'version', 'minor');
  expect(minor.output).toContain('1.3.0 may not break callers of 1.2.3');
  expect(minor.output).toContain('Query.gone');
  expect(minor.code).not.toBe(0);

  await run('git', 'checkout', '--quiet', '.');
  expect(await run('npm', 'version', 'major')).toMatchObject({ code: 0 });
  const { output } = await run('git', 'show', `v2.0.0:${RELEASED}/accepted.txt`);
  expect(output).not.toMatch(/^[^#]/m);
});
