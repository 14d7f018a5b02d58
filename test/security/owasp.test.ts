import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * Lines of the OWASP cheat sheet for GraphQL that tests of other folders hold; owasp-access, owasp-dos and owasp-input hold the
 * rest.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html
 */
const HELD: readonly (readonly [line: string, file: string, ...titles: string[]])[] = [
  [
    'depth limiting',
    'limits/refused.test.ts',
    'too many levels',
    'is refused by %s, each time, and costs no call',
  ],
  [
    'amount limiting',
    'gateway/bad-input.test.ts',
    'an argument that is not allowed is named, with what is allowed, and costs no call',
    'more ids than a page has rows',
  ],
  ['pagination: no list comes whole', 'paging/window.test.ts', 'neither first nor last means the first ten'],
  ['timeouts: an upstream that does not answer', 'faults/connections.test.ts', 'silent'],
  ['timeouts: an upstream that answers without end', 'faults/connections.test.ts', 'a byte now and then'],
  [
    'query cost analysis, with a maximum',
    'limits/cost.test.ts',
    'a point for each field of each row, and ten for each call',
    'not 100 rows twice over, and not 50 lists',
  ],
  [
    'rate limiting',
    'server/rate-limit.test.ts',
    'may ask as often as is allowed, then is told when to come again',
    'documents that are refused, and bodies that are none',
  ],
  [
    'batching: equal reads of one request are one',
    'gateway/calls.test.ts',
    'equal pages, equal jobs and a total beside a page of one request are one call each',
  ],
  [
    'caching: what was read is not read again',
    'cache/windows.test.ts',
    'windows that overlap cost one call together',
  ],
  [
    'system resources: a body has a size',
    'gateway/server.test.ts',
    'a body that is too large is refused while it is read',
    'with its length announced',
    'in chunks without a length',
  ],
  ['batching attacks: several operations in one request', 'limits/refused.test.ts', 'a batch'],
  [
    'access control: nobody without a credential',
    'server/guard.test.ts',
    '401 for every method at every path, and no upstream call, for',
  ],
  ['introspection is off', 'limits/errors.test.ts', 'introspection where it is off', 'is refused: %s'],
  ['no suggestions where introspection is off', 'limits/errors.test.ts', 'are not told where it is off: %s'],
];

describe('the line of OWASP is held by an existing test:', () => {
  test.each(HELD)('%s', (_line, file, ...titles) => {
    const source = readFileSync(join(import.meta.dirname, '..', file), 'utf8');
    for (const title of titles) expect(source).toContain(`'${title}'`);
  });
});
