import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { memoizeAsync } from '../../cache/memoize.ts';
import { type Body, compress, type Encoding, preferredEncoding, sendEncoded } from '../http/compression.ts';
import type { Handler } from '../http/request-context.ts';
import { BUNDLE_FILES, type BundleName, bundleHash, loadBundle, shortHash } from './graphiql-bundle.ts';
import { type FileExtension, hashedFile, pageHeaders } from './static-files.ts';

/** A file that the page loads. Its path contains a content hash, as in `/graphiql/boot.0123456789ab.js`. */
type Asset = readonly [path: string, handler: Handler];

const PAGE_HEADERS = {
  ...pageHeaders({
    'worker-src': "'self'",
    // Monaco inserts style elements.
    'style-src': "'self' 'unsafe-inline'",
    'font-src': 'data:',
  }),
  vary: 'accept',
};

const STYLE = `
      #loading { font: 14px system-ui, sans-serif; padding: 16px; }
      /* GraphiQL draws its side pane open and closes it a moment later, which moves the tabs. They can be dragged, and
         what drags them keeps the place where it saw them first: under the press of the mouse a tab would jump there,
         and no click would reach it. So the pane is closed from the beginning, until GraphiQL has set its width. */
      .pane-closed .graphiql-plugin:not([style*='flex']) { position: absolute; left: -1000px; }
    `;

/** Tabs of the page, each with its operation's file. Values of `samples` come from the list when the page opens. */
const TABS = [
  { file: 'first-page', variables: { first: 10 }, samples: {} },
  { file: 'next-page', variables: { first: 10 }, samples: { after: 'endCursor' } },
  { file: 'last-page', variables: { last: 10 }, samples: {} },
  { file: 'find-jobs', variables: { filter: { status: ['FAIL'] }, first: 10 }, samples: {} },
  { file: 'one-job', variables: {}, samples: { jobId: 'jobId' } },
  { file: 'node', variables: {}, samples: { id: 'id' } },
  { file: 'job-status', variables: {}, samples: { jobId: 'jobId' } },
] as const;

/**
 * GraphiQL, served by the gateway without any other host. Adds about 10 ms to the start; GraphiQL itself is loaded on
 * the first visit.
 */
export function createGraphiql() {
  const assets = createAssets();
  const page = memoizeAsync(async (encoding: Encoding) =>
    compress(renderPage(assets, await readTabs()), encoding),
  );

  return {
    /** The files that the page loads. */
    routes: [...Object.values(assets.bundle), assets.boot, assets.logo],
    /** Serves the page to browsers that open the endpoint; passes every other request to `graphql`. */
    before(graphql: Handler): Handler {
      return (context) => {
        const { method, headers } = context.request;
        const isRead = method === 'GET' || method === 'HEAD';
        // Browsers name text/html when they open an address; GraphQL clients do not.
        if (!isRead || !/\btext\/html\b/i.test(headers.accept ?? '')) return graphql(context);
        // Preloads the files that the page will request. A failure is reported to the next request for one of them.
        assets.loadBundle(preferredEncoding(headers['accept-encoding'])).catch(() => {});
        return sendEncoded(context, page, PAGE_HEADERS);
      };
    },
  };
}

/**
 * Creates the routes of the page's files. GraphiQL is imported and compressed once per coding, on first request, and
 * then stays in memory: 2.1 MB for brotli, 2.4 MB for gzip, 8.8 MB uncompressed.
 */
function createAssets() {
  const bundle = memoizeAsync(loadBundle);
  const hash = bundleHash();
  const fromBundle = Object.entries(BUNDLE_FILES).map(([name, [stem, extension]]) => {
    const body: Body = async (encoding) => (await bundle(encoding))[name as BundleName];
    return [name, asset(stem, hash, extension, body)];
  });
  const [boot, logo] = [ownFile('boot.js'), ownFile('logo.svg')];
  return {
    loadBundle: bundle,
    bundle: Object.fromEntries(fromBundle) as Record<BundleName, Asset>,
    boot: asset('boot', shortHash(boot), 'js', encodedOnce(boot)),
    logo: asset('logo', shortHash(logo), 'svg', encodedOnce(logo)),
    logoSvg: logo,
  };
}

function ownFile(name: string): string {
  return readFileSync(new URL(`browser/${name}`, import.meta.url), 'utf8');
}

function encodedOnce(text: string): Body {
  return memoizeAsync((encoding: Encoding) => compress(text, encoding));
}

function asset(stem: string, hash: string, extension: FileExtension, body: Body): Asset {
  return [`/graphiql/${stem}.${hash}.${extension}`, hashedFile(extension, body)];
}

/** Reads the operations of the tabs from `examples/operations/`, in order. */
function readTabs() {
  return Promise.all(
    TABS.map(async ({ file, variables, samples }) => {
      const path = new URL(`../../../examples/operations/${file}.graphql`, import.meta.url);
      return { query: (await readFile(path, 'utf8')).trimEnd(), variables, samples };
    }),
  );
}

/** The page as HTML. It contains no inline script, only data for boot.js. */
function renderPage(
  { bundle, boot, logo, logoSvg }: ReturnType<typeof createAssets>,
  tabs: readonly object[],
): string {
  const options = {
    title: 'Voice jobs',
    logo: logoSvg,
    tabs,
    workers: {
      editorWorkerService: address(bundle.editorWorkerService),
      graphql: address(bundle.graphqlWorker),
      json: address(bundle.jsonWorker),
    },
  };
  // Escaped, so that the data cannot close the script element.
  const json = JSON.stringify(options).replaceAll('<', '\\u003c');
  // boot.js is loaded first, so that it fetches samples while the browser still loads GraphiQL.
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Voice jobs · GraphiQL</title>
    <link rel="icon" type="image/svg+xml" href="${address(logo)}">
    <script type="application/json" id="options">${json}</script>
    <script type="module" src="${address(boot)}"></script>
    <script defer src="${address(bundle.js)}"></script>
    <link rel="stylesheet" href="${address(bundle.css)}">
    <style>${STYLE}</style>
  </head>
  <body>
    <div id="root"><div id="loading">Loading GraphiQL…</div></div>
    <noscript>GraphiQL requires JavaScript. Other clients can send queries to this address by POST.</noscript>
  </body>
</html>
`;
}

/** Path relative to /graphql, so that the page also works behind a proxy that adds a path prefix. */
function address([path]: Asset): string {
  return path.slice(1);
}
