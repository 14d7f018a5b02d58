import type { Asset, Assets } from './graphiql-assets.ts';
import type { Tab } from './graphiql-tabs.ts';

/** What the page may do: load from the gateway and call it, nothing else. Monaco writes style elements, hence the exception. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  'font-src data:',
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const STYLE = `
      #loading { font: 14px system-ui, sans-serif; padding: 16px; }
      /* GraphiQL draws its side pane open and closes it a moment later, which moves the tabs. They can be dragged, and
         what drags them keeps the place where it saw them first: under the press of the mouse a tab would jump there,
         and no click would reach it. So the pane is closed from the beginning, until GraphiQL has set its width. */
      .pane-closed .graphiql-plugin:not([style*='flex']) { position: absolute; left: -1000px; }
    `;

/** The page as HTML. It has no script of its own inside, only data that boot.js reads. */
export function renderPage({ bundle, boot, logo, logoSvg }: Assets, tabs: readonly Tab[]): string {
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
  // boot.js comes first: it asks the gateway for samples while the browser still loads GraphiQL.
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Voice jobs · GraphiQL</title>
    <link rel="icon" type="image/svg+xml" href="${address(logo)}">
    <script type="application/json" id="options">${inScript(options)}</script>
    <script type="module" src="${address(boot)}"></script>
    <script defer src="${address(bundle.js)}"></script>
    <link rel="stylesheet" href="${address(bundle.css)}">
    <style>${STYLE}</style>
  </head>
  <body>
    <div id="root"><div id="loading">Loading GraphiQL …</div></div>
    <noscript>GraphiQL needs JavaScript. Other clients can POST their queries to this address.</noscript>
  </body>
</html>
`;
}

/** Relative to /graphql, so that the page also works behind a proxy that puts the gateway below a folder. */
function address({ path }: Asset): string {
  return path.slice(1);
}

/** JSON that cannot end the script element it stands in. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
