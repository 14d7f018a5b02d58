import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chainError, SAFE_TEXTS } from '../../src/upstream/credential-chain.ts';

const library = join(import.meta.dirname, '../../node_modules/@alicloud/credentials');

/** Texts of Node and of the HTTP client below, which the library repeats. */
const OF_OTHERS =
  /^(ENOENT|EACCES|EISDIR|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ReadTimeout|ConnectTimeout)/;

test('each text that may be repeated of the credential library is one that the installed version writes', () => {
  const source = globSync('dist/**/*.js', { cwd: library })
    .map((file) => readFileSync(join(library, file), 'utf8'))
    .join('\n');
  const own = SAFE_TEXTS.filter((text) => !OF_OTHERS.test(text));
  expect(own.length).toBeGreaterThan(15);
  expect(own.filter((text) => !source.includes(text.trim()))).toEqual([]);
});

test('a failure of the credential chain in unknown words is logged as one without a known reason, not in those words', () => {
  expect(chainError(new Error('AccessKeySecret=hunter2hunter2')).message).toBe(
    'the credential chain found no credentials: unknown reason',
  );
});
