import { readFile } from 'node:fs/promises';

/** What the page finds out about the list before it opens. */
export type Sample = 'endCursor' | 'jobId' | 'id';

/** One operation that stands ready in the page. */
export interface Tab {
  /** The text of the operation, comments included. */
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Variables whose values come from the list as it is when the page opens. */
  readonly samples: Readonly<Record<string, Sample>>;
}

const TABS = [
  { file: 'first-page', variables: { first: 10 }, samples: {} },
  { file: 'next-page', variables: { first: 10 }, samples: { after: 'endCursor' } },
  { file: 'last-page', variables: { last: 10 }, samples: {} },
  { file: 'one-job', variables: {}, samples: { jobId: 'jobId' } },
  { file: 'node', variables: {}, samples: { id: 'id' } },
  { file: 'job-status', variables: {}, samples: { jobId: 'jobId' } },
] as const;

/** Reads the tabs in their order from `examples/operations/`. */
export function readTabs(): Promise<Tab[]> {
  return Promise.all(
    TABS.map(async ({ file, variables, samples }) => {
      const path = new URL(`../../../examples/operations/${file}.graphql`, import.meta.url);
      return { query: (await readFile(path, 'utf8')).trimEnd(), variables, samples };
    }),
  );
}
