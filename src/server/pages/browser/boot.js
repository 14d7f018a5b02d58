// Runs in the browser: decides what the page opens with, then starts GraphiQL.

const { title, logo, tabs, workers } = JSON.parse(document.getElementById('options').textContent);

/** How long the page waits for sample values of variables, in milliseconds. */
const SAMPLE_TIMEOUT_MS = 3000;

const SAMPLE_QUERY = `query GraphiqlSamples {
  customizedVoiceJobs(type: BASIC, first: 10) { pageInfo { endCursor } nodes { id jobId } }
}`;

/**
 * Local storage for GraphiQL with prefixed keys, so that another project's GraphiQL on the same origin does not
 * interfere.
 */
function openStorage() {
  let store;
  try {
    store = window.localStorage;
  } catch {
    // The browser's settings forbid storage. GraphiQL accepts null and saves nothing.
    return null;
  }
  const own = (key) => `voice-jobs:${key}`;
  const keys = () => Object.keys(store).filter((key) => key.startsWith(own('')));
  return {
    getItem: (key) => store.getItem(own(key)),
    setItem: (key, value) => store.setItem(own(key), value),
    removeItem: (key) => store.removeItem(own(key)),
    clear: () => {
      for (const key of keys()) store.removeItem(key);
    },
    get length() {
      return keys().length;
    },
  };
}

/** The tab that was open when the user left; undefined on the first visit. */
function savedTab(storage) {
  try {
    const state = JSON.parse(storage.getItem('graphiql:tabState'));
    return state.tabs[state.activeTabIndex];
  } catch {
    return undefined;
  }
}

/**
 * The tab of a link with `?query=` and optional `&variables=`. Both are removed from the URL: GraphiQL saves the tab,
 * and after an edit a reload would open it a second time.
 */
function linkedTab() {
  const url = new URL(location.href);
  const query = url.searchParams.get('query');
  if (query === null) return undefined;
  const variables = url.searchParams.get('variables') ?? '';
  for (const name of ['query', 'variables', 'operationName']) url.searchParams.delete(name);
  history.replaceState(history.state, '', url);
  return { query, variables };
}

/** Sample values from the list; when there are none, `missing` says why. */
async function readSamples() {
  try {
    const response = await fetch(location.pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: SAMPLE_QUERY }),
      signal: AbortSignal.timeout(SAMPLE_TIMEOUT_MS),
    });
    const { data } = await response.json();
    const { pageInfo, nodes } = data.customizedVoiceJobs;
    return { endCursor: pageInfo.endCursor, ...nodes[0], missing: 'The list has no jobs yet.' };
  } catch {
    return { missing: 'The sample values could not be loaded.' };
  }
}

const HINTS = {
  endCursor: 'Replace it with the `endCursor` of a page.',
  jobId: 'Replace it with the `jobId` of a job.',
  id: 'Replace it with the `id` of a job.',
};

/** The variables of a tab as the editor shows them: JSON, with a comment where a value is only a placeholder. */
function variablesOf(tab, samples) {
  const lines = Object.entries(tab.variables).map(([name, value]) => [entry(name, value)]);
  for (const [name, sample] of Object.entries(tab.samples)) {
    const value = samples[sample];
    if (value) lines.push([entry(name, value)]);
    else lines.push([`// ${samples.missing}`, `// ${HINTS[sample]}`, entry(name, sample)]);
  }
  return `{\n${lines.map((group) => group.map((line) => `  ${line}`).join('\n')).join(',\n')}\n}`;
}

function entry(name, value) {
  return `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
}

const storage = openStorage();
const saved = savedTab(storage);
const linked = linkedTab();
let defaultTabs;
if (saved === undefined) {
  // Headers may hold a secret: they are saved only if the user enables it in GraphiQL's settings.
  storage?.setItem('graphiql:shouldPersistHeaders', 'false');
  const samples = await readSamples();
  const ready = tabs.map((tab) => ({ query: tab.query, variables: variablesOf(tab, samples) }));
  defaultTabs = linked === undefined ? ready : [linked, ...ready];
}
const opening = linked ?? saved ?? defaultTabs[0];

self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_moduleId, label) => new URL(workers[label], document.baseURI).href,
};

// GraphiQL's script is deferred, so it has run when the document is complete.
if (document.readyState !== 'complete') await new Promise((done) => addEventListener('load', done));

const root = document.getElementById('root');
root.classList.toggle('pane-closed', !storage?.getItem('graphiql:visiblePlugin'));
if (self.YogaGraphiQL === undefined) {
  document.getElementById('loading').textContent = 'GraphiQL could not be loaded. Reload the page.';
} else {
  self.YogaGraphiQL.renderYogaGraphiQL(root, {
    title,
    logo,
    storage,
    defaultTabs,
    // GraphiQL fills its editors from these values and uses them to find the tab.
    initialQuery: opening.query ?? '',
    initialVariables: opening.variables ?? '',
    initialHeaders: opening.headers ?? undefined,
    defaultEditorToolsVisibility: 'variables',
    // GraphiQL would otherwise send subscriptions by GET, which the gateway accepts only for queries.
    method: 'POST',
    // Without this, GraphiQL writes every edit into the URL, which long queries would make too long to reload.
    onEditQuery: () => {},
  });
}
