import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chainError, SAFE_TEXTS } from '../../src/upstream/credential-chain.ts';

const library = join(import.meta.dirname, '../../node_modules/@alicloud/credentials');

/** Texts of Node and of the HTTP client that the library repeats. */
const LIBRARY_TEXTS =
  /^(ENOENT|EACCES|EISDIR|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ReadTimeout|ConnectTimeout)/;

test('each text of the credential library that is safe to log occurs in the installed version', () => {
  const source = globSync('dist/**/*.js', { cwd: library })
    .map((file) => readFileSync(join(library, file), 'utf8'))
    .join('\n');
  const own = SAFE_TEXTS.filter((text) => !LIBRARY_TEXTS.test(text));
  expect(own.length).toBeGreaterThan(15);
  expect(own.filter((text) => !source.includes(text.trim()))).toEqual([]);
});

test('a failure of the credential chain with an unknown message is logged as "unknown reason", without the message', () => {
  expect(chainError(new Error('AccessKeySecret=hunter2hunter2')).message).toBe(
    'the credential chain found no credentials: unknown reason',
  );
});
