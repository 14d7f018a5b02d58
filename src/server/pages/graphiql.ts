import type { IncomingMessage } from 'node:http';
import { compress, type Encoding, keep, preferredEncoding, sendEncoded } from '../http/compression.ts';
import { type Handler, type HeadWriter, setHeaders } from '../http/routes.ts';
import { createAssets } from './graphiql-assets.ts';
import { CONTENT_SECURITY_POLICY, renderPage } from './graphiql-page.ts';
import { readTabs } from './graphiql-tabs.ts';

/** GraphiQL, served whole by the gateway: the page works without any other host. */
export interface Graphiql {
  /** The files that the page loads, by path. */
  readonly routes: readonly [path: string, handler: Handler][];
  /** Answers browsers that open the endpoint with the page, and leaves everything else to `graphql`. */
  before(graphql: HeadWriter): HeadWriter;
}

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // Always asked for anew: it names the files of the version that runs.
  'cache-control': 'no-cache',
  vary: 'accept, accept-encoding',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
};

/** Costs a start some 10 ms; GraphiQL itself is loaded at the first visit. */
export function createGraphiql(): Graphiql {
  const assets = createAssets();
  const page = keep(async (encoding: Encoding) => compress(renderPage(assets, await readTabs()), encoding));

  return {
    routes: [...Object.values(assets.bundle), assets.boot, assets.logo].map(({ path, handler }) => [
      path,
      handler,
    ]),
    before: (graphql) => (request, response, common) => {
      if (!asksForPage(request)) return graphql(request, response, common);
      setHeaders(response, common);
      assets.warmUp(preferredEncoding(request.headers['accept-encoding']));
      return sendEncoded(request, response, page, PAGE_HEADERS);
    },
  };
}

/** Browsers name text/html when they open an address; GraphQL clients do not. */
function asksForPage({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && /\btext\/html\b/i.test(headers.accept ?? '');
}
