import { get, post, type Received, send } from '../answers/asking.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';

/** One check of a scanner: its request, and its criterion for a finding. */
export interface Check {
  readonly title: string;
  readonly severity: 'high' | 'medium' | 'low' | 'info';
  finds(gateway: GatewayUnderTest, path: string): Promise<boolean>;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever came, the check looks for a part of it
type Body = any;

function bodyOf({ text }: Received): Body {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Sends a query as the scanner does: by POST, with the operation name `cop`. */
const ask = async (gateway: GatewayUnderTest, path: string, query: string): Promise<Body> =>
  bodyOf(await post(gateway, { query, operationName: 'cop' }, { path }));

const askByGet = async (gateway: GatewayUnderTest, path: string, query: string): Promise<Body> =>
  bodyOf(await get(gateway, { query }, { path }));

const repeated = (count: number, piece: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => piece(index)).join(' \n');

/**
 * The checks of graphql-cop 1.15, reimplemented from its source: request and criterion. Titles and severities are its own.
 *
 * @see https://github.com/dolevf/graphql-cop/tree/2b7e086/lib/tests
 */
export const CHECKS: readonly Check[] = [
  {
    title: 'Alias Overloading',
    severity: 'high',
    async finds(gateway, path) {
      const query = `query cop { ${repeated(101, (index) => `alias${index}:__typename`)} }`;
      return Boolean((await ask(gateway, path, query))?.data?.alias100);
    },
  },
  {
    title: 'Array-based Query Batching',
    severity: 'high',
    async finds(gateway, path) {
      const body = Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' }));
      return bodyOf(await post(gateway, body, { path }))?.length >= 10;
    },
  },
  {
    title: 'Directive Overloading',
    severity: 'high',
    async finds(gateway, path) {
      const answer = await ask(gateway, path, `query cop { __typename ${'@aa'.repeat(10)} }`);
      return answer?.errors?.length === 10;
    },
  },
  {
    title: 'Field Duplication',
    severity: 'high',
    async finds(gateway, path) {
      const query = `query cop { ${repeated(500, () => '__typename')} } `;
      return Boolean((await ask(gateway, path, query))?.data?.__typename);
    },
  },
  {
    title: 'Introspection-based Circular Query',
    severity: 'high',
    async finds(gateway, path) {
      const query =
        'query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }';
      return (await ask(gateway, path, query))?.data?.__schema?.types?.length > 25;
    },
  },
  {
    title: 'Introspection',
    severity: 'high',
    async finds(gateway, path) {
      const answer = await ask(gateway, path, 'query cop { __schema { types { name fields { name } } } }');
      return Boolean(answer?.data?.__schema?.types);
    },
  },
  {
    title: 'Field Suggestions',
    severity: 'low',
    async finds(gateway, path) {
      const answer = await ask(gateway, path, 'query cop { __schema { directive } }');
      return String(answer?.errors?.[0]?.message).includes('Did you mean');
    },
  },
  {
    title: 'GraphQL IDE',
    severity: 'low',
    async finds(gateway, path) {
      const { text } = await send(gateway, 'GET', path, { accept: 'text/html' });
      return ['graphiql.min.css', 'GraphQL Playground', 'GraphiQL', 'graphql-playground'].some((word) =>
        text.includes(word),
      );
    },
  },
  {
    title: 'Trace Mode',
    severity: 'info',
    async finds(gateway, path) {
      const answer = await ask(gateway, path, 'query cop { __typename }');
      return (
        answer?.errors?.[0]?.extensions?.tracing !== undefined || answer?.extensions?.tracing !== undefined
      );
    },
  },
  {
    title: 'Unhandled Errors Detection',
    severity: 'info',
    async finds(gateway, path) {
      const answer = await ask(gateway, path, 'qwerty cop { abc }');
      return (
        answer?.errors?.[0]?.extensions?.exception !== undefined ||
        answer?.extensions?.exception !== undefined
      );
    },
  },
  {
    title: 'Mutation is allowed over GET (possible CSRF)',
    severity: 'medium',
    async finds(gateway, path) {
      return Boolean((await askByGet(gateway, path, 'mutation cop {__typename}'))?.data?.__typename);
    },
  },
  {
    title: 'POST based url-encoded query (possible CSRF)',
    severity: 'medium',
    async finds(gateway, path) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const form = new URLSearchParams({ query: 'query cop { __typename }' });
      return Boolean(bodyOf(await post(gateway, String(form), { path, headers }))?.data?.__typename);
    },
  },
  {
    title: 'GET Method Query Support',
    severity: 'medium',
    async finds(gateway, path) {
      return Boolean((await askByGet(gateway, path, 'query cop {__typename}'))?.data?.__typename);
    },
  },
];

/** Titles of the checks that report a finding. */
export async function scan(gateway: GatewayUnderTest, path: string): Promise<string[]> {
  const found: string[] = [];
  for (const check of CHECKS) if (await check.finds(gateway, path)) found.push(check.title);
  return found;
}
