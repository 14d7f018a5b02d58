import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runGateway } from '../process/gateway-process.ts';
import { documentOf } from './trusted.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifest-'));
  file = join(folder, 'documents.json');
});
afterEach(() => rm(folder, { recursive: true }));

const ask = async (origin: string, body: unknown) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) });
  return await response.json();
};

/** Message of a start that must fail. */
async function refusedStart(env: Record<string, string>): Promise<string> {
  await using gateway = runGateway({ TRUSTED_DOCUMENTS: 'only', ...env });
  expect(await gateway.ended).toBe(1);
  expect(gateway.output.stdout).toBe('');
  return gateway.output.stderr;
}

test('without a file, the included manifest is used', async () => {
  await using gateway = runGateway({ TRUSTED_DOCUMENTS: 'only' });
  const origin = await gateway.origin;
  const { id } = documentOf('FirstPage');
  const { data } = await ask(origin, { documentId: id, variables: { first: 3 } });
  expect(data.customizedVoiceJobs.edges).toHaveLength(3);
  const { errors } = await ask(origin, { query: '{ __typename }' });
  expect(errors[0].extensions.code).toBe('FORBIDDEN');
});

test('the manifest is read once: changes take effect at the next start', async () => {
  await writeFile(file, JSON.stringify({ mine: '{ __typename }' }));
  await using gateway = runGateway({ TRUSTED_DOCUMENTS: 'allow', TRUSTED_DOCUMENTS_FILE: file });
  const origin = await gateway.origin;
  await rm(file);
  expect(await ask(origin, { documentId: 'mine' })).toEqual({ data: { __typename: 'Query' } });
});

test('a start with an invalid manifest fails with one message that lists all problems', async () => {
  await writeFile(
    file,
    JSON.stringify({
      good: '{ __typename }',
      unknown: '{ nothing }',
      broken: 'query {',
      several: 'query A { __typename } query B { __typename }',
      none: 7,
      'a b': '{ __typename }',
    }),
  );
  expect((await refusedStart({ TRUSTED_DOCUMENTS_FILE: file })).split('\n')).toEqual([
    `The gateway cannot start: the trusted documents in ${file} have 5 problems:`,
    '  "unknown" is not valid: Cannot query field "nothing" on type "Query". (line 1, column 3)',
    '  "broken" does not parse (line 1, column 8)',
    '  "several" has 2 operations. Expected exactly one',
    '  "none" is not a document. Expected a string',
    '  "a b" is not a valid id. Expected 1 to 128 visible ASCII characters',
    '',
  ]);
});

test('a missing manifest, a folder, or a file that is not JSON is reported in one line', async () => {
  expect(await refusedStart({ TRUSTED_DOCUMENTS_FILE: file })).toBe(
    `The gateway cannot start: TRUSTED_DOCUMENTS_FILE: ${file} cannot be read (ENOENT).\n`,
  );
  expect(await refusedStart({ TRUSTED_DOCUMENTS_FILE: folder })).toBe(
    `The gateway cannot start: TRUSTED_DOCUMENTS_FILE: ${folder} cannot be read (EISDIR).\n`,
  );
  await writeFile(file, 'query One { __typename }');
  expect(await refusedStart({ TRUSTED_DOCUMENTS_FILE: file })).toBe(
    `The gateway cannot start: the trusted documents in ${file} have a problem:\n  not a JSON object. Expected an object of documents by id\n`,
  );
});
