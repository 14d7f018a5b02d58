import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, send } from '../answers/asking.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { CHECKS, scan } from './cop-checks.ts';
import { startProduction } from './production.ts';

/**
 * Offered on purpose: a query by GET can be cached by the client and linked to. It reads and changes nothing, a page of
 * another origin cannot see the answer (CORS is closed), and what is no query is refused.
 */
const ON_PURPOSE = 'GET Method Query Support';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startProduction();
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

describe.each(['/graphql', '/subgraph'])('graphql-cop finds nothing in production at %s', (path) => {
  test.each(CHECKS.filter(({ title }) => title !== ON_PURPOSE))('$severity: $title', async (check) => {
    expect(await check.finds(gateway, path)).toBe(false);
  });

  test('of all its checks, one reports, and that on purpose', async () => {
    expect(await scan(gateway, path)).toEqual([ON_PURPOSE]);
  });

  test('what it reports on purpose reads only, and for no other page', async () => {
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

test('its checks see what is on in development, so that they would see it in production too', async () => {
  await using open = await startGateway();
  expect(await scan(open, '/graphql')).toEqual([
    'Introspection',
    'Field Suggestions',
    'GraphQL IDE',
    ON_PURPOSE,
  ]);
});
