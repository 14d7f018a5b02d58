import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('codegen, configured as in docs/types.md, generates types from a copy of schema.graphql outside the repository', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'voice-jobs-codegen-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(root, 'examples/first-app/codegen.ts'), join(folder, 'codegen.ts'));
  cpSync(join(root, 'schema.graphql'), join(folder, 'schema.graphql'));
  mkdirSync(join(folder, 'src'));
  cpSync(join(root, 'examples/operations/one-job.graphql'), join(folder, 'src/one-job.graphql'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const bin = join(root, 'node_modules/@graphql-codegen/cli/esm/bin.js');
  await promisify(execFile)(process.execPath, [bin, '--config', 'codegen.ts'], { cwd: folder });
  const types = readFileSync(join(folder, 'src/generated/graphql.ts'), 'utf8');
  expect(types).toContain('OneJobDocument');
  expect(types).toMatch(/export type OneJobQueryVariables = Exact<\{\s+jobId: string;/);
});
