import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * Recommendations of the OWASP cheat sheet for GraphQL that tests of other folders cover; owasp-access, owasp-dos and
 * owasp-input cover the rest.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html
 */
const COVERED: readonly (readonly [recommendation: string, file: string, ...titles: string[]])[] = [
  [
    'depth limiting',
    'limits/rejected.test.ts',
    'too many levels',
    'is rejected by %s, repeatedly, without an upstream call',
  ],
  [
    'amount limiting',
    'gateway/bad-input.test.ts',
    'BAD_USER_INPUT names the argument and the allowed values, and costs no upstream call, for',
    'more ids than a page has rows',
  ],
  [
    'pagination: no list is returned as a whole',
    'paging/window.test.ts',
    'returns the first ten without first and last',
  ],
  ['timeouts: an upstream that does not respond', 'faults/connections.test.ts', 'never responds'],
  [
    'timeouts: an upstream whose response never ends',
    'faults/connections.test.ts',
    'sends a byte from time to time',
  ],
  [
    'query cost analysis, with a maximum',
    'limits/cost.test.ts',
    'complexity: one point per field and row, ten per call',
    'does not allow 100 rows twice, nor 50 lists',
  ],
  [
    'rate limiting',
    'server/rate-limit.test.ts',
    'allows the configured number of requests, then rejects with Retry-After',
    'rejected documents and malformed bodies',
  ],
  [
    'batching: equal reads of one request are deduplicated',
    'gateway/calls.test.ts',
    'equal pages, equal jobs, and a total beside a page cost one call each within a request',
  ],
  [
    'caching: data is not read repeatedly',
    'cache/windows.test.ts',
    'overlapping windows share one upstream call',
  ],
  [
    'system resources: a body has a maximum size',
    'gateway/server.test.ts',
    'a request body above the limit is rejected while it is read',
    'with a content-length',
    'in chunks without a content-length',
  ],
  ['batching attacks: several operations in one request', 'limits/rejected.test.ts', 'a batch'],
  [
    'access control: no access without a credential',
    'server/access-control.test.ts',
    'every method at every path gets 401 without an upstream call, for',
  ],
  ['introspection is off', 'limits/errors.test.ts', 'if introspection is off', 'a query of %s is rejected'],
  [
    'no suggestions where introspection is off',
    'limits/errors.test.ts',
    'are removed if introspection is off: %s',
  ],
];

describe('an existing test covers the OWASP recommendation', () => {
  test.each(COVERED)('%s', (_recommendation, file, ...titles) => {
    const source = readFileSync(join(import.meta.dirname, '..', file), 'utf8');
    for (const title of titles) expect(source).toContain(`'${title}'`);
  });
});
