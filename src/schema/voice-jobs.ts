import { ListConnection } from '../paging/list-connection.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import { VoiceJob } from '../voice-jobs/job.ts';
import { JOB_LISTS } from '../voice-jobs/job-list.ts';
import { type Builder, ID_DESCRIPTION, reads } from './builder.ts';
import type { Enums } from './enums.ts';
import { checkId, globalIdsOf, type NodeType, rowById } from './global-id.ts';

export const JOB_NODE: NodeType<VoiceJob> = {
  typename: 'CustomizedVoiceJob',
  idField: 'jobId',
  noun: 'job',
  isRow: (value) => value instanceof VoiceJob,
  lists: JOB_LISTS,
  rows: ({ jobs }) => jobs,
};

const globalIdOf = globalIdsOf(JOB_NODE.typename);

const JOB_ID_DESCRIPTION = "The upstream's own id of the job.";

/** Defines the job, its connection, lookup and status subscription. @returns the references that other fields with jobs need */
export function defineVoiceJobs(builder: Builder, enums: Enums) {
  builder.queryType({ description: 'Where every query starts.' });
  const { Job, Status, DateTime } = defineVoiceJob(builder, enums);
  const TypeFilter = builder.enumType('CustomizedVoiceJobTypeFilter', {
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
  const Edge = builder.edgeObject({
    type: Job,
    name: 'CustomizedVoiceJobEdge',
    description: 'A job in its place in the list.',
    nodeField: { description: 'The job.' },
  });

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
        resolve: (_root, { type, ...args }, { jobs }) => new ListConnection(type, args, jobs.readers),
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
      extensions: reads({ kind: 'row', argument: 'jobId', of: [JOB_LISTS] }),
      resolve: (_root, { jobId }, context) => rowById(JOB_NODE, 'jobId', jobId, context),
    }),
  }));

  builder.subscriptionType({ description: 'Where every subscription starts.' });
  builder.subscriptionFields((t) => ({
    customizedVoiceJobStatusChanged: t.field({
      type: Job,
      nullable: false,
      description: "Every change of the job's status, the present one first; ends after SUCCESS or FAIL.",
      args: { jobId: t.arg.id({ required: true, description: JOB_ID_DESCRIPTION }) },
      extensions: reads({ kind: 'row', argument: 'jobId', of: [JOB_LISTS] }),
      subscribe: (_root, { jobId }, { live, caller }) =>
        live.subscribe(checkId(JOB_NODE, 'jobId', jobId), caller),
      resolve: (job) => job,
    }),
  }));
  return { Job, Edge, TypeFilter, DateTime, Status };
}

/** Defines the job type, its status enum and the DateTime scalar. */
function defineVoiceJob(builder: Builder, { Type, Gender, Scenario }: Enums) {
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

  const Job = builder.objectRef<VoiceJob>(JOB_NODE.typename);
  // Not `builder.node`, whose ids are promises: one for each row of a page.
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
      rawStatus: t.exposeString('rawStatus', {
        nullable: true,
        description:
          'The status as the upstream wrote it, also where `status` is null because this schema does not know the value.',
      }),
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
      rawType: t.exposeString('rawType', {
        nullable: true,
        description:
          'The type as the upstream wrote it, also where `type` is null because this schema does not know the value.',
      }),
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
  return { Job, DateTime, Status };
}
