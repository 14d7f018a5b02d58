import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify, stripVTControlCharacters } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { WARM } from '../process/gateway-process.ts';

const root = join(import.meta.dirname, '../..');

/** Runs the demo with the compile cache of `npm start`. Rejects when its exit code is not 0. */
const runDemo = (env: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [...WARM, join(root, 'examples/drift/main.ts')], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...env },
    timeout: 20_000,
  });

let plain: { stdout: string; stderr: string };
beforeAll(async () => {
  plain = await runDemo();
});

const verdictOf = (output: string, name: string) => {
  const found = new RegExp(`${name}: +(\\d+) seen twice, (\\d+) missed`).exec(output);
  return { twice: Number(found?.[1]), missed: Number(found?.[2]) };
};

test('the demo shows repeats and gaps with page numbers, none with cursors, and ends', () => {
  const { stdout, stderr } = plain;
  expect(stderr).toBe('');
  expect(verdictOf(stdout, 'Cursors')).toEqual({ twice: 0, missed: 0 });
  expect(verdictOf(stdout, 'Page numbers').twice).toBeGreaterThan(0);
  expect(verdictOf(stdout, 'Page numbers').missed).toBeGreaterThan(0);
  expect(stdout).toMatch(/× *●.* again \d+/u);
  // No colours without a terminal.
  expect(stripVTControlCharacters(stdout)).toBe(stdout);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('every run prints the same output', async () => {
  expect((await runDemo()).stdout).toBe(plain.stdout);
});

test('colours do not change the column alignment', async () => {
  const coloured = await runDemo({ FORCE_COLOR: '1' });
  expect(coloured.stdout).toContain('\u001b[31m');
  const [padded, unpadded] = [stripVTControlCharacters(coloured.stdout), plain.stdout].map((text) =>
    text.replace(/ +$/gm, ''),
  );
  expect(padded).toBe(unpadded);
});
