import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Runs the part of `prepare` that builds the console, in a copy of the repository without some files. */
function prepareWith(...names: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'voice-jobs-prepare-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(root, 'tools/packaging'), join(folder, 'tools/packaging'), { recursive: true });
  for (const name of names) symlinkSync(join(root, name), join(folder, name));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'tools/packaging/console/prepare.ts')],
    { cwd: folder, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

test('an installation without devDependencies succeeds, and reports the missing console', () => {
  expect(prepareWith()).toEqual({
    status: 0,
    stdout:
      'There is no console at /console: devDependencies are not installed. Run `npm run build:console` to build it.\n',
    stderr: '',
  });
});

test('an installation in which the console cannot be built succeeds, and reports the reason in one line', () => {
  const { status, stdout } = prepareWith('node_modules', 'package.json');
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^There is no console at \/console: .*Error.*\. Run `npm run build:console` to build it\.\n$/,
  );
});
