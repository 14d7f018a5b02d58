import { ListConnection } from '../paging/list-connection.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import { VoiceJob } from '../voice-jobs/job.ts';
import { JOB_LISTS } from '../voice-jobs/job-list.ts';
import { type Builder, ID_DESCRIPTION, reads } from './builder.ts';
import { defineConnection, defineTypeFilter } from './edition-list.ts';
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

const JOB_ID_DESCRIPTION = 'Id of the job in the upstream, 1 to 128 characters.';

/** Defines the job, its connection, lookup and status subscription. @returns the references that other fields with jobs need */
export function defineVoiceJobs(builder: Builder, enums: Enums) {
  builder.queryType({ description: 'Read operations.' });
  const { Job, Status, DateTime } = defineVoiceJob(builder, enums);
  const TypeFilter = defineTypeFilter(
    builder,
    JOB_NODE.typename,
    'Jobs',
    'Jobs of both editions, merged into one list, newest first.',
  );
  const { Connection, Edge } = defineConnection(builder, Job, 'job');

  builder.queryFields((t) => ({
    customizedVoiceJobs: t.connection(
      {
        type: Job,
        nullable: false,
        description: `Lists jobs of one edition, or of both, newest first in the order of the upstream.\n\nPass \`first\` or \`last\`, not both. Without either, the page has the first ${DEFAULT_PAGE_ROWS} rows; at most ${MAX_PAGE_ROWS}. A number out of range, a malformed cursor and a cursor of another list are \`BAD_USER_INPUT\` errors.\n\nExample: \`customizedVoiceJobs(type: ALL, first: 20) { nodes { jobId status } pageInfo { endCursor hasNextPage } }\``,
        args: {
          type: t.arg({
            type: TypeFilter,
            required: true,
            defaultValue: 'Basic',
            description: 'Edition to list. A cursor is valid only for the `type` that it came from.',
          }),
        },
        extensions: reads({ kind: 'list', lists: JOB_LISTS }),
        resolve: (_root, { type, ...args }, { jobs }) => new ListConnection(type, args, jobs.readers),
      },
      Connection,
      Edge,
    ),

    customizedVoiceJob: t.field({
      type: Job,
      nullable: true,
      description: 'Fetches a job by its `jobId`. Null when there is no such job.',
      args: { jobId: t.arg.id({ required: true, description: JOB_ID_DESCRIPTION }) },
      extensions: reads({ kind: 'row', argument: 'jobId', of: [JOB_LISTS] }),
      resolve: (_root, { jobId }, context) => rowById(JOB_NODE, 'jobId', jobId, context),
    }),
  }));

  builder.subscriptionType({
    description:
      'Live updates, over server-sent events, multipart responses or WebSocket (graphql-transport-ws).',
  });
  builder.subscriptionFields((t) => ({
    customizedVoiceJobStatusChanged: t.field({
      type: Job,
      nullable: false,
      description:
        'Sends the job with its current status at once, then again after each change, in order. Completes after `SUCCESS` or `FAIL`. The gateway polls the upstream (LIVE_POLL_MS, default 1000 ms), so a status that lasts less than one poll interval can be skipped. An unknown or deleted job is a `BAD_USER_INPUT` error.',
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
    description:
      'Date and time in RFC 3339 format, for example `2023-04-01T06:23:59Z`. Results are as the upstream sends them: in UTC, in whole seconds. Arguments may have any offset, for example `2023-04-01T14:23:59+08:00`.',
    specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
    serialize: (value) => value,
    parseValue: (value) => String(value),
  });

  const Status = builder.enumType('CustomizedVoiceJobStatus', {
    description:
      'Status of a job. A job goes through the values in this order; `SUCCESS` and `FAIL` are final.',
    values: {
      INITIALIZATION: {
        value: 'Initialization',
        description: 'The job has been created, and processing has not started.',
      },
      AUDIO_DETECTING: { value: 'AudioDetecting', description: 'The recordings are being checked.' },
      PRE_TRAINING: {
        value: 'PreTraining',
        description: 'The job has been submitted and is waiting for training.',
      },
      TRAINING: { value: 'Training', description: 'The voice is being trained.' },
      SUCCESS: {
        value: 'Success',
        description: 'Training succeeded. The voice can be used, and `voice` returns it.',
      },
      FAIL: { value: 'Fail', description: 'Training failed. `message` may contain the reason.' },
    } as const,
  });

  const Job = builder.objectRef<VoiceJob>(JOB_NODE.typename);
  // Not `builder.node`, whose ids are promises: one for each row of a page.
  builder.objectType(Job, {
    description:
      'A human voice cloning job, which trains a voice from recordings. A field that the upstream does not send is null; an empty text stays empty.',
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
        description:
          'Id of the voice that the job trains. The creator of a `BASIC` job chooses it, so it can be set before the voice exists. Other calls of the upstream name the voice by it.',
      }),
      status: t.expose('status', {
        type: Status,
        nullable: true,
        description:
          'Status of the job. Null when the upstream sends no status, or one that this schema does not know; `rawStatus` has the text.',
      }),
      rawStatus: t.exposeString('rawStatus', {
        nullable: true,
        description:
          'Status as the upstream writes it, for example `PreTraining`. Also set when `status` is null because this schema does not know the value.',
      }),
      message: t.exposeString('message', {
        nullable: true,
        description:
          'Explanation of the status by the upstream, in English or Chinese. Often empty. Display it; do not parse it.',
      }),
      voiceName: t.exposeString('voiceName', {
        nullable: true,
        description: 'Display name of the voice. The upstream allows 32 characters.',
      }),
      voiceDesc: t.exposeString('voiceDesc', {
        nullable: true,
        description: 'Description of the voice. The upstream allows 256 characters.',
      }),
      type: t.expose('type', {
        type: Type,
        nullable: true,
        description:
          'Edition of the job. Null when the upstream sends none, or one that this schema does not know; `rawType` has the text.',
      }),
      rawType: t.exposeString('rawType', {
        nullable: true,
        description:
          'Edition as the upstream writes it, for example `Basic`. Also set when `type` is null because this schema does not know the value.',
      }),
      gender: t.expose('gender', { type: Gender, nullable: true, description: 'Gender of the voice.' }),
      scenario: t.expose('scenario', {
        type: Scenario,
        nullable: true,
        description:
          'Use that the voice is trained for. Usually null for `STANDARD` jobs, whose creation has no such parameter.',
      }),
      createTime: t.expose('createTime', {
        type: DateTime,
        nullable: true,
        description: 'Time at which the job was created.',
      }),
      gmtCreate: t.expose('gmtCreate', {
        type: DateTime,
        nullable: true,
        description:
          'Second creation time of the upstream. It can differ from `createTime`, and the upstream does not document how; prefer `createTime`. The upstream sends it only in lists: null for a job that is fetched by its id, unless its row of a list is cached.',
      }),
    }),
  });
  return { Job, DateTime, Status };
}
