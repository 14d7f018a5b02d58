import { SearchConnection } from '../paging/filtered-search.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import type { JobType, VoiceJob } from '../voice-jobs/job.ts';
import { MAX_TEXT, readJobFilter } from '../voice-jobs/job-filter.ts';
import { JOB_LISTS } from '../voice-jobs/job-list.ts';
import { type Builder, reads } from './builder.ts';
import type { Enums } from './enums.ts';
import type { defineVoiceJobs } from './voice-jobs.ts';

/** Defines the job search: its filter, its connection and its root field. */
export function defineJobSearch(
  builder: Builder,
  { Job, Edge, TypeFilter, DateTime, Status, Gender, Scenario }: ReturnType<typeof defineVoiceJobs> & Enums,
): void {
  const Filter = builder.inputType('CustomizedVoiceJobFilter', {
    description:
      'Conditions that a job must meet. All given conditions must hold; a list matches any of its values. A condition that is null is ignored. The empty filter `{}` matches every job. An empty list matches no job and costs no upstream call.\n\nAn invalid condition is a `BAD_USER_INPUT` error, and `extensions.argument` names it, for example `filter.text`.\n\nExample: `{ status: [FAIL], createdFrom: "2024-01-01T00:00:00Z" }`',
    fields: (t) => ({
      text: t.string({
        description: `Substring of \`voiceName\`, \`voiceDesc\`, \`voiceId\`, \`jobId\` or \`message\`: 1 to ${MAX_TEXT} characters, without wildcards. Case-insensitive. Both sides are normalised to Unicode NFKC, so that full-width and ordinary letters are equal. Accents count.`,
      }),
      status: t.field({ type: [Status], description: '`status` is one of these.' }),
      gender: t.field({ type: [Gender], description: '`gender` is one of these.' }),
      scenario: t.field({ type: [Scenario], description: '`scenario` is one of these.' }),
      createdFrom: t.field({
        type: DateTime,
        description: '`createTime` is this time or later. A job without `createTime` is in no range.',
      }),
      createdBefore: t.field({
        type: DateTime,
        description: '`createTime` is before this time. Must be later than `createdFrom`.',
      }),
    }),
  });

  const Connection = builder.objectRef<SearchConnection<JobType, VoiceJob>>(
    'CustomizedVoiceJobSearchConnection',
  );
  Connection.implement({
    description: 'A page of matching jobs, and how much of the list the search examined.',
    fields: (t) => ({
      edges: t.field({
        type: [Edge],
        nullable: { list: false, items: false },
        description:
          'The jobs of this page with their cursors. A cursor is valid only for the same `filter` and `type`.',
        resolve: ({ edges }) => edges,
      }),
      nodes: t.field({
        type: [Job],
        nullable: { list: false, items: false },
        description: 'The jobs of this page, without cursors. Short for `edges { node }`.',
        resolve: async ({ edges }) => (await edges).map(({ node }) => node),
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        nullable: false,
        description:
          'Pagination information of this page. `hasNextPage` is true when another match is known, or when jobs ahead have not been examined; so an empty page can have a next page. When the search used up its upstream calls before the page was full, `endCursor` (`startCursor` when searching backwards) is the position from which the next page continues.',
        resolve: ({ pageInfo }) => pageInfo,
      }),
      matchCount: t.int({
        nullable: true,
        description:
          'Number of matching jobs in the whole list. Null when the search could not examine all of it. Selecting this field makes the search continue to the end of the list, as far as its upstream calls allow.',
        resolve: ({ matchCount }) => matchCount,
      }),
      scannedCount: t.int({
        nullable: false,
        description: 'Number of jobs that the search examined for this response.',
        resolve: ({ scannedCount }) => scannedCount,
      }),
    }),
  });

  builder.queryFields((t) => ({
    searchCustomizedVoiceJobs: t.field({
      type: Connection,
      nullable: false,
      description: `Finds jobs by status, gender, scenario, creation time and text, newest first. The upstream cannot filter, so the gateway examines the list page by page, with at most LIMIT_SEARCH_CALLS upstream calls per search (default 10, which is 1,000 jobs). When these end first, \`pageInfo\` has the cursor to continue with.\n\nPass \`first\` or \`last\`, not both. Without either, the page has the first ${DEFAULT_PAGE_ROWS} matches; at most ${MAX_PAGE_ROWS}.\n\nExample: \`searchCustomizedVoiceJobs(filter: { status: [FAIL] }, first: 20) { matchCount nodes { jobId message } }\``,
      args: {
        filter: t.arg({ type: Filter, required: true, description: 'Conditions that a job must meet.' }),
        type: t.arg({
          type: TypeFilter,
          required: true,
          defaultValue: 'All',
          description:
            'Edition to search. A cursor is valid only for the `type` and the `filter` that it came from.',
        }),
        ...t.arg.connectionArgs(),
      },
      extensions: reads({ kind: 'search', lists: JOB_LISTS, filter: 'filter' }),
      resolve: (_root, { filter, type, ...args }, { jobs, searchCalls }) =>
        SearchConnection.of(type, readJobFilter(filter), args, jobs.readers, searchCalls),
    }),
  }));
}
