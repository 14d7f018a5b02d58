import { SearchConnection } from '../paging/search-connection.ts';
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
      'Which jobs to find. All given parts must hold; a list means any of its values. An empty filter matches every job, an empty list none.',
    fields: (t) => ({
      text: t.string({
        description: `A part of \`voiceName\`, \`voiceDesc\`, \`voiceId\`, \`jobId\` or \`message\`, as it is: no wildcards. Upper and lower case are the same, and so are compatible forms of a character (NFKC). 1 to ${MAX_TEXT} characters.`,
      }),
      status: t.field({ type: [Status], description: 'Any of these states.' }),
      gender: t.field({ type: [Gender], description: 'Any of these.' }),
      scenario: t.field({ type: [Scenario], description: 'Any of these.' }),
      createdFrom: t.field({ type: DateTime, description: '`createTime` at this moment or later.' }),
      createdBefore: t.field({
        type: DateTime,
        description: '`createTime` before this moment, which must be later than `createdFrom`.',
      }),
    }),
  });

  const Connection = builder.objectRef<SearchConnection<JobType, VoiceJob>>(
    'CustomizedVoiceJobSearchConnection',
  );
  Connection.implement({
    description: 'A page of the jobs that match, and how far the search came.',
    fields: (t) => ({
      edges: t.field({
        type: [Edge],
        nullable: { list: false, items: false },
        description: 'The jobs of this page, each with its cursor, which belongs to this filter.',
        resolve: ({ edges }) => edges,
      }),
      nodes: t.field({
        type: [Job],
        nullable: { list: false, items: false },
        description: 'The jobs of this page, for callers that need no cursor of each.',
        resolve: async ({ edges }) => (await edges).map(({ node }) => node),
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        nullable: false,
        description:
          'Where this page stands. `hasNextPage`: another match is known, or jobs ahead were not looked at; an empty page can have a next one. `endCursor` (`startCursor` backwards) is the last job looked at where the search ended before the page was full.',
        resolve: ({ pageInfo }) => pageInfo,
      }),
      matchCount: t.int({
        nullable: true,
        description:
          'Matches in the whole list; null unless all of it was looked at. Asking for it lets the search go on to the end of the list, as far as its calls allow.',
        resolve: ({ matchCount }) => matchCount,
      }),
      scannedCount: t.int({
        nullable: false,
        description: 'Jobs looked at for this response.',
        resolve: ({ scannedCount }) => scannedCount,
      }),
    }),
  });

  builder.queryFields((t) => ({
    searchCustomizedVoiceJobs: t.field({
      type: Connection,
      nullable: false,
      description: `Jobs that match, newest first. Looks through the list within LIMIT_SEARCH_CALLS upstream calls and says how far it came. Give \`first\` or \`last\`, not both; neither means the first ${DEFAULT_PAGE_ROWS}. At most ${MAX_PAGE_ROWS}.`,
      args: {
        filter: t.arg({ type: Filter, required: true, description: 'Which jobs to find.' }),
        type: t.arg({
          type: TypeFilter,
          required: true,
          defaultValue: 'All',
          description: 'Where to look. Cursors belong to the type and the filter they came from.',
        }),
        ...t.arg.connectionArgs(),
      },
      extensions: reads({ kind: 'search', lists: JOB_LISTS, filter: 'filter' }),
      resolve: (_root, { filter, type, ...args }, { jobs, searchCalls }) =>
        SearchConnection.of(type, readJobFilter(filter), args, jobs.readers, searchCalls),
    }),
  }));
}
