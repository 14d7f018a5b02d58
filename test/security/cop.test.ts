import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, send } from '../answers/asking.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { CHECKS, scan } from './cop-checks.ts';
import { startProduction } from './production.ts';

/**
 * Intended: clients can cache and link to queries by GET. They only read, pages of other origins cannot read the response
 * (CORS is closed), and other operations are rejected.
 */
const INTENDED_FINDING = 'GET Method Query Support';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startProduction();
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

describe.each(['/graphql', '/subgraph'])('graphql-cop finds nothing in production at %s', (path) => {
  test.each(CHECKS.filter(({ title }) => title !== INTENDED_FINDING))('$severity: $title', async (check) => {
    expect(await check.finds(gateway, path)).toBe(false);
  });

  test('exactly one check reports a finding, which is intended', async () => {
    expect(await scan(gateway, path)).toEqual([INTENDED_FINDING]);
  });

  test('the intended finding allows reads only, and not by pages of other origins', async () => {
    const origin = 'https://evil.example';
    const { status, headers } = await get(
      gateway,
      { query: '{ __typename }' },
      { path, headers: { origin } },
    );
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    const mutation = `${path}?query=${encodeURIComponent('mutation { __typename }')}`;
    expect((await send(gateway, 'GET', mutation, {})).status).toBe(405);
  });
});

test('graphql-cop finds what is enabled in development, so it would find it in production, too', async () => {
  await using open = await startGateway();
  expect(await scan(open, '/graphql')).toEqual([
    'Introspection',
    'Field Suggestions',
    'GraphQL IDE',
    INTENDED_FINDING,
  ]);
});
