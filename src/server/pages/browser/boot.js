// Runs in the browser beside GraphiQL's own script: determines the tabs to open, then starts GraphiQL.

const { title, logo, tabs, workers } = JSON.parse(document.getElementById('options').textContent);

/** Timeout for the sample values of variables, in milliseconds. */
const SAMPLE_TIMEOUT_MS = 3000;

const SAMPLE_QUERY = `query GraphiqlSamples {
  customizedVoiceJobs(type: BASIC, first: 10) { pageInfo { endCursor } nodes { id jobId } }
}`;

/** GraphiQL's storage, with a key prefix of this gateway: another project's GraphiQL may have used this origin. */
function openMemory() {
  let store;
  try {
    store = window.localStorage;
  } catch {
    // Blocked by the browser's settings. GraphiQL accepts null and stores nothing.
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

/** The tab that was open at the last visit; undefined at the first one. */
function savedTab(memory) {
  try {
    const state = JSON.parse(memory.getItem('graphiql:tabState'));
    return state.tabs[state.activeTabIndex];
  } catch {
    return undefined;
  }
}

/**
 * The tab of a link with `?query=` and optionally `&variables=`. Both are removed from the address: the tab is stored
 * from now on, and a reload after an edit would open it a second time.
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

/** Sample values from the current list, and in `missing` the reason when there are none. */
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

/** The variables of a tab as JSON, with a comment above each placeholder. */
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

const memory = openMemory();
const saved = savedTab(memory);
const linked = linkedTab();
let defaultTabs;
if (saved === undefined) {
  // Headers can contain a secret: they are stored only if the visitor enables that in GraphiQL's settings.
  memory?.setItem('graphiql:shouldPersistHeaders', 'false');
  const samples = await readSamples();
  const ready = tabs.map((tab) => ({ query: tab.query, variables: variablesOf(tab, samples) }));
  defaultTabs = linked === undefined ? ready : [linked, ...ready];
}
const opening = linked ?? saved ?? defaultTabs[0];

self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_moduleId, label) => new URL(workers[label], document.baseURI).href,
};

// GraphiQL's script is deferred: it has run when the document is complete.
if (document.readyState !== 'complete') await new Promise((done) => addEventListener('load', done));

const root = document.getElementById('root');
root.classList.toggle('pane-closed', !memory?.getItem('graphiql:visiblePlugin'));
if (self.YogaGraphiQL === undefined) {
  document.getElementById('loading').textContent = 'GraphiQL could not be loaded. Reload the page.';
} else {
  self.YogaGraphiQL.renderYogaGraphiQL(root, {
    title,
    logo,
    storage: memory,
    defaultTabs,
    // The opening tab again: GraphiQL fills its editors from here, and identifies the tab by it.
    initialQuery: opening.query ?? '',
    initialVariables: opening.variables ?? '',
    initialHeaders: opening.headers ?? undefined,
    defaultEditorToolsVisibility: 'variables',
    // By default it sends subscriptions by GET, which accepts queries only.
    method: 'POST',
    // Otherwise every edit is written to the address, which a long query would make too long for a reload.
    onEditQuery: () => {},
  });
}
