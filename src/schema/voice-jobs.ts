import { ListConnection } from '../paging/list-connection.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import type { VoiceJob } from '../voice-jobs/job.ts';
import { JOB_LISTS } from '../voice-jobs/job-list.ts';
import { type Builder, reads } from './builder.ts';
import { checkJobId } from './global-id.ts';

type JobRef = ReturnType<typeof import('./voice-job.ts').defineVoiceJob>;

/** Defines the connection over the jobs, the lookup of one, and the subscription to its states. */
export function defineVoiceJobs(builder: Builder, Job: JobRef) {
  const Filter = builder.enumType('CustomizedVoiceJobTypeFilter', {
    description: 'Which jobs to list.',
    values: {
      BASIC: {
        value: 'Basic',
        description: 'Jobs of the Basic edition, as the upstream lists when it is not told.',
      },
      STANDARD: { value: 'Standard', description: 'Jobs of the Standard edition.' },
      ALL: { value: 'All', description: 'Jobs of both editions as one list, newest first.' },
    } as const,
  });

  builder.queryFields((t) => ({
    customizedVoiceJobs: t.connection(
      {
        type: Job,
        nullable: false,
        description: `Jobs of one type, or of all, newest first as the upstream lists them. Give \`first\` or \`last\`, not both; neither means the first ${DEFAULT_PAGE_ROWS}. At most ${MAX_PAGE_ROWS}.`,
        args: {
          type: t.arg({
            type: Filter,
            required: true,
            defaultValue: 'Basic',
            description: 'Which jobs to list. Cursors belong to the list they came from.',
          }),
        },
        extensions: reads({ kind: 'list', lists: JOB_LISTS }),
        resolve: (_root, { type, ...args }, { lists }) => new ListConnection(type, args, lists),
      },
      {
        name: 'CustomizedVoiceJobConnection',
        description: 'A page of jobs.',
        fields: (connection) => ({
          totalCount: connection.int({
            nullable: false,
            description:
              'Number of jobs in the whole list. Comes with the page; asked for alone it costs the smallest call.',
            resolve: ({ totalCount }) => totalCount,
          }),
        }),
      },
      { name: 'CustomizedVoiceJobEdge', description: 'A job in its place in the list.' },
    ),

    customizedVoiceJob: t.field({
      type: Job,
      nullable: true,
      description: 'One job by its `jobId`; null when there is no such job.',
      args: { jobId: t.arg.id({ required: true, description: "The upstream's own id of the job." }) },
      extensions: reads({ kind: 'row', argument: 'jobId' }),
      resolve: (_root, { jobId }, { jobs }): Promise<VoiceJob | null> =>
        jobs.byId(checkJobId('jobId', jobId)),
    }),
  }));

  builder.subscriptionType({ description: 'Where every subscription starts.' });
  builder.subscriptionFields((t) => ({
    customizedVoiceJobStatusChanged: t.field({
      type: Job,
      nullable: false,
      description: "Every change of the job's status, the present one first; ends after SUCCESS or FAIL.",
      args: { jobId: t.arg.id({ required: true, description: "The upstream's own id of the job." }) },
      extensions: reads({ kind: 'row', argument: 'jobId' }),
      subscribe: (_root, { jobId }, { live, caller }) => live.subscribe(checkJobId('jobId', jobId), caller),
      resolve: (job) => job,
    }),
  }));
}
