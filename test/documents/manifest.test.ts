import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';
import { readManifest } from '../../src/server/graphql/trusted-documents.ts';
import { fc } from '../runs.ts';
import { MANIFEST } from './trusted.ts';

const schema = createSchema();
const read = (value: unknown) => readManifest(JSON.stringify(value), schema);
const ONE = 'query One { customizedVoiceJobs { totalCount } }';

test('the included manifest contains all its operations, without problems', () => {
  const { documents, problems } = read(Object.fromEntries(MANIFEST));
  expect(problems).toEqual([]);
  expect(documents).toEqual(MANIFEST);
  const nameIn = (text: string) => /\b(?:query|subscription) (\w+)/.exec(text)?.[1];
  const files = globSync('examples/operations/*.graphql').map((file) => nameIn(readFileSync(file, 'utf8')));
  expect([...documents.values()].map(nameIn).sort()).toEqual(files.sort());
});

test('ids are accepted unchanged', () => {
  const visible = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 128,
  });
  fc.assert(
    fc.property(fc.uniqueArray(visible, { minLength: 1 }), (ids) => {
      // A computed key, because `__proto__` is a valid id.
      const { documents, problems } = read(Object.fromEntries(ids.map((id) => [id, ONE])));
      expect(problems).toEqual([]);
      expect(new Set(documents.keys())).toEqual(new Set(ids));
    }),
  );
});

test.each([
  ['an empty one', ''],
  ['one of blanks', ' '],
  ['one with a blank', 'a b'],
  ['one with a line feed', 'a\nb'],
  ['one with letters beyond ASCII', 'ä'],
  ['one of 129 characters', 'x'.repeat(129)],
])('%s is not a valid id', (_, id) => {
  const { documents, problems } = read({ [id]: ONE });
  expect(documents.size).toBe(0);
  expect(problems).toEqual([
    expect.stringMatching(/^".*" is not a valid id. Expected 1 to 128 visible ASCII characters$/),
  ]);
});

describe('a manifest document is rejected that', () => {
  test.each([
    ['is no text', { kind: 'Document' }, 'is not a document. Expected a string'],
    ['is null', null, 'is not a document. Expected a string'],
    ['is empty', '', 'does not parse (line 1, column 1)'],
    ['does not parse', 'query {\n  nodes(', 'does not parse (line 2, column 9)'],
    [
      'asks for an unknown field',
      '{ nothing }',
      'is not valid: Cannot query field "nothing" on type "Query". (line 1, column 3)',
    ],
    [
      'asks for what only routers may ask',
      '{ _service { sdl } }',
      'is not valid: Cannot query field "_service" on type "Query". (line 1, column 3)',
    ],
    ['has two operations', `${ONE} query Two { __typename }`, 'has 2 operations. Expected exactly one'],
    [
      'has two operations, of which one has no name',
      `${ONE} { __typename }`,
      'is not valid: This anonymous operation must be the only defined operation. (line 1, column 50)',
    ],
    ['has no operation', 'type Job { id: ID }', 'has 0 operations. Expected exactly one'],
    ['is a mutation', 'mutation { __typename }', 'is a mutation, which the schema does not support'],
  ])('%s', (_, document, reason) => {
    const { documents, problems } = read({ good: ONE, bad: document });
    expect(problems).toContain(`"bad" ${reason}`);
    expect([...documents.keys()]).toEqual(['good']);
  });
});

test('all problems of all documents are listed', () => {
  const { problems } = read({ 'a b': '{ nothing }', two: '{ nothing nowhere }', three: 3 });
  expect(problems.map((problem) => problem.slice(0, 24))).toEqual([
    '"a b" is not a valid id.',
    '"a b" is not valid: Cann',
    '"two" is not valid: Cann',
    '"two" is not valid: Cann',
    '"three" is not a documen',
  ]);
});

test('a manifest without documents is rejected, because no request could be served', () => {
  expect(read({})).toEqual({
    documents: new Map(),
    problems: ['no document. Expected at least one'],
  });
});

test.each(['', 'x', '[]', 'null', '"{}"', '7', '{"a":', '\uFEFF{}'])('%j is not a valid manifest', (text) => {
  expect(readManifest(text, schema)).toEqual({
    documents: new Map(),
    problems: ['not a JSON object. Expected an object of documents by id'],
  });
});
