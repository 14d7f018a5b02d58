import { ListConnection } from '../paging/list-connection.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import type { VoiceJob } from '../voice-jobs/job.ts';
import { JOB_LISTS } from '../voice-jobs/job-list.ts';
import { type Builder, ID_DESCRIPTION, reads } from './builder.ts';
import { checkJobId, globalIdOf, JOB_TYPENAME } from './global-id.ts';
import { defineJobSearch } from './job-search.ts';

const JOB_ID_DESCRIPTION = "The upstream's own id of the job.";

/** Defines the job, the connection over the jobs, the lookup of one, and the subscription to its states. @returns the job's type */
export function defineVoiceJobs(builder: Builder) {
  builder.queryType({ description: 'Where every query starts.' });
  const { Job, ...types } = defineVoiceJob(builder);
  const TypeFilter = defineTypeFilter(builder);
  const Edge = defineJobEdge(builder, Job);

  builder.queryFields((t) => ({
    customizedVoiceJobs: t.connection(
      {
        type: Job,
        nullable: false,
        description: `Jobs of one type, or of all, newest first as the upstream lists them. Give \`first\` or \`last\`, not both; neither means the first ${DEFAULT_PAGE_ROWS}. At most ${MAX_PAGE_ROWS}.`,
        args: {
          type: t.arg({
            type: TypeFilter,
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
      Edge,
    ),

    customizedVoiceJob: t.field({
      type: Job,
      nullable: true,
      description: 'One job by its `jobId`; null when there is no such job.',
      args: { jobId: t.arg.id({ required: true, description: JOB_ID_DESCRIPTION }) },
      extensions: reads({ kind: 'row', argument: 'jobId' }),
      resolve: (_root, { jobId }, { jobs }): Promise<VoiceJob | null> =>
        jobs.byId(checkJobId('jobId', jobId)),
    }),
  }));

  defineJobSearch(builder, { Job, Edge, TypeFilter, ...types });

  builder.subscriptionType({ description: 'Where every subscription starts.' });
  builder.subscriptionFields((t) => ({
    customizedVoiceJobStatusChanged: t.field({
      type: Job,
      nullable: false,
      description: "Every change of the job's status, the present one first; ends after SUCCESS or FAIL.",
      args: { jobId: t.arg.id({ required: true, description: JOB_ID_DESCRIPTION }) },
      extensions: reads({ kind: 'row', argument: 'jobId' }),
      subscribe: (_root, { jobId }, { live, caller }) => live.subscribe(checkJobId('jobId', jobId), caller),
      resolve: (job) => job,
    }),
  }));
  return Job;
}

function defineJobEdge(builder: Builder, Job: ReturnType<typeof defineVoiceJob>['Job']) {
  return builder.edgeObject({
    type: Job,
    name: 'CustomizedVoiceJobEdge',
    description: 'A job in its place in the list.',
  });
}

function defineTypeFilter(builder: Builder) {
  return builder.enumType('CustomizedVoiceJobTypeFilter', {
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
}

/** What other fields that show jobs are made of. */
export type JobTypes = ReturnType<typeof defineVoiceJob> & {
  readonly Edge: ReturnType<typeof defineJobEdge>;
  readonly TypeFilter: ReturnType<typeof defineTypeFilter>;
};

/** Defines the job itself, its enums and DateTime. */
function defineVoiceJob(builder: Builder) {
  const DateTime = builder.scalarType('DateTime', {
    description: 'A moment as RFC 3339 writes it, in UTC as in `2023-04-01T06:23:59Z`.',
    specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
    serialize: (value) => value,
    parseValue: (value) => String(value),
  });

  const Status = builder.enumType('CustomizedVoiceJobStatus', {
    description: 'How far a job has come, in the order of its states. `SUCCESS` and `FAIL` are final.',
    values: {
      INITIALIZATION: {
        value: 'Initialization',
        description: 'The job has been set up and nothing has begun yet.',
      },
      AUDIO_DETECTING: { value: 'AudioDetecting', description: 'The recordings are being checked.' },
      PRE_TRAINING: {
        value: 'PreTraining',
        description: 'The job has been submitted and waits for training.',
      },
      TRAINING: { value: 'Training', description: 'The voice is being trained.' },
      SUCCESS: { value: 'Success', description: 'The voice has been trained and can be used.' },
      FAIL: { value: 'Fail', description: 'Training failed; `message` may say why.' },
    } as const,
  });

  const Type = builder.enumType('CustomizedVoiceType', {
    description: 'Edition of voice cloning.',
    values: {
      BASIC: { value: 'Basic', description: 'A voice from 20 given sentences, recorded by one speaker.' },
      STANDARD: { value: 'Standard', description: 'A voice from 15 to 30 minutes of free recordings.' },
    } as const,
  });

  const Gender = builder.enumType('VoiceGender', {
    description: 'How the voice sounds.',
    values: {
      FEMALE: { value: 'female', description: 'A female voice.' },
      MALE: { value: 'male', description: 'A male voice.' },
    } as const,
  });

  const Scenario = builder.enumType('VoiceScenario', {
    description: 'What the voice is trained for.',
    values: {
      STORY: { value: 'story', description: 'Telling stories.' },
      INTERACTION: { value: 'interaction', description: 'Talking with people.' },
      NAVIGATION: { value: 'navigation', description: 'Giving directions on the road.' },
    } as const,
  });

  const Job = builder.objectRef<VoiceJob>(JOB_TYPENAME);
  // An object and not `builder.node`, whose ids are promises: one for each row of a page.
  builder.objectType(Job, {
    description:
      'A human voice cloning job: recordings go in, after training a voice comes out. A field the upstream left out is null.',
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: ID_DESCRIPTION,
        resolve: ({ jobId }) => globalIdOf(jobId),
      }),
      jobId: t.exposeID('jobId', { nullable: false, description: JOB_ID_DESCRIPTION }),
      voiceId: t.exposeString('voiceId', {
        nullable: true,
        description: 'Id of the voice that comes out. For `BASIC` jobs the customer chose it.',
      }),
      status: t.expose('status', { type: Status, nullable: true, description: 'How far the job has come.' }),
      message: t.exposeString('message', {
        nullable: true,
        description: 'What the upstream says about the status, in its own words and language. Mostly empty.',
      }),
      voiceName: t.exposeString('voiceName', {
        nullable: true,
        description: 'Name of the voice, for people.',
      }),
      voiceDesc: t.exposeString('voiceDesc', {
        nullable: true,
        description: 'Description of the voice, for people.',
      }),
      type: t.expose('type', { type: Type, nullable: true, description: 'Edition that the job belongs to.' }),
      gender: t.expose('gender', { type: Gender, nullable: true, description: 'How the voice sounds.' }),
      scenario: t.expose('scenario', {
        type: Scenario,
        nullable: true,
        description: 'What the voice is trained for. Only `BASIC` jobs are asked to say it.',
      }),
      createTime: t.expose('createTime', {
        type: DateTime,
        nullable: true,
        description: 'When the job was created.',
      }),
      gmtCreate: t.expose('gmtCreate', {
        type: DateTime,
        nullable: true,
        description:
          'A second creation time, which the upstream does not explain and which can differ from `createTime`. The upstream tells it of listed jobs only: null for a job read by its id, unless its row is at hand.',
      }),
    }),
  });
  return { Job, DateTime, Status, Gender, Scenario };
}
