import { fc } from '../../runs.ts';
import type { Path } from '../valid-query.ts';
import { documents } from './documents.ts';

export const path: fc.Arbitrary<Path> = fc.constantFrom('/graphql', '/graphql', '/subgraph');

/** Any JSON value, with keys of `Object.prototype`, huge numbers, lone surrogates and deep nesting. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ stringUnit: 'binary' }),
  fc.anything({
    key: fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'query', 'variables', 'a', ''),
    values: [fc.boolean(), fc.double({ noNaN: true }), fc.constant(null), fc.string({ unit: 'binary' })],
    maxDepth: 4,
  }),
);

/** JSON text that no serialiser writes: unclosed, deeply nested, with out-of-range numbers or repeated keys. */
export const strangeJson: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: 1, max: 40_000 }), fc.nat(6))
  .map(([size, kind]) => {
    switch (kind) {
      case 0:
        return `${'['.repeat(size)}${']'.repeat(size)}`;
      case 1:
        return '['.repeat(size);
      case 2: {
        const depth = Math.min(size, 15_000);
        return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
      }
      case 3:
        return '9'.repeat(size);
      case 4:
        return `1e${'9'.repeat(Math.min(size, 300))}`;
      case 5:
        return `{${'"a":1,'.repeat(Math.min(size, 10_000))}"a":2}`;
      default:
        return '{"__proto__":{"query":"{ __typename }"},"constructor":{"prototype":{}},"__proto__":null}';
    }
  });

/** Variables with known names, mostly of wrong types. */
export const variables: fc.Arbitrary<unknown> = fc.oneof(
  fc.dictionary(fc.constantFrom('n', 'x', 'id', 'ids', 'after', 'type', 'reps', '__proto__'), anyJson, {
    maxKeys: 4,
  }),
  anyJson,
);

/** JSON of a well-formed request that is mostly valid. */
export function soundRequest(of: Path): fc.Arbitrary<string> {
  return fc
    .record(
      {
        query: documents[of],
        operationName: fc.constantFrom('Q', 'Other', '', null),
        variables: fc.oneof(fc.constant({ n: 2, x: true }), fc.constant({}), variables),
        extensions: fc.constantFrom({}, null, { persistedQuery: { version: 1, sha256Hash: 'ab' } }),
      },
      { requiredKeys: ['query'] },
    )
    .map((request) => JSON.stringify(request));
}

/** JSON that is not a request, or whose members have wrong types. */
export const wrongShape: fc.Arbitrary<string> = fc.oneof(
  anyJson.map((value) => JSON.stringify(value) ?? 'null'),
  fc
    .dictionary(
      fc.constantFrom(
        'query',
        'operationName',
        'variables',
        'extensions',
        'id',
        'documentId',
        '__proto__',
        'batch',
      ),
      fc.oneof(anyJson, fc.constant('{ __typename }')),
    )
    .map((value) => JSON.stringify(value)),
  fc.array(fc.constant({ query: '{ __typename }' }), { maxLength: 20 }).map((batch) => JSON.stringify(batch)),
  strangeJson,
  strangeJson.map((json) => `{"query":"{ __typename }","variables":${json}}`),
  strangeJson.map(
    (json) =>
      `{"query":"query($n:Int){ customizedVoiceJobs(first:$n){ totalCount } }","variables":{"n":${json}}}`,
  ),
  strangeJson.map(
    (json) => `{"query":"query($ids:[ID!]!){ nodes(ids:$ids){ id } }","variables":{"ids":${json}}}`,
  ),
  strangeJson.map(
    (json) =>
      `{"query":"query($r:[_Any!]!){ _entities(representations:$r){ __typename } }","variables":{"r":${json}}}`,
  ),
);
