import { ListConnection } from '../paging/list-connection.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import { Voice } from '../voices/voice.ts';
import { VOICE_LISTS } from '../voices/voice-list.ts';
import { type Builder, ID_DESCRIPTION, reads } from './builder.ts';
import type { Enums } from './enums.ts';
import { globalIdsOf, isPossibleId, type NodeType, rowById } from './global-id.ts';
import type { defineVoiceJobs } from './voice-jobs.ts';

export const VOICE_NODE: NodeType<Voice> = {
  typename: 'CustomizedVoice',
  idField: 'voiceId',
  noun: 'voice',
  isRow: (value) => value instanceof Voice,
  lists: VOICE_LISTS,
  rows: ({ voices }) => voices,
};

const globalIdOf = globalIdsOf(VOICE_NODE.typename);

const VOICE_ID_DESCRIPTION = "The upstream's own id of the voice.";

/**
 * Minimum number of voices of jobs for which the lists are scanned while their lengths are unknown. It is low because an account
 * usually has tens of voices, so that one page of each list has all of them.
 */
const SCAN_LISTS_FROM = 3;

/** Defines the voice, its connection and lookup, and the field `voice` of a job. @returns the reference of the voice type */
export function defineVoices(builder: Builder, enums: Enums, Job: ReturnType<typeof defineVoiceJobs>['Job']) {
  const Type = defineVoice(builder, enums);
  const Filter = builder.enumType('CustomizedVoiceTypeFilter', {
    description: 'Which voices to list.',
    values: {
      BASIC: {
        value: 'Basic',
        description: 'Voices of the Basic edition, as the upstream lists when it is not told.',
      },
      STANDARD: { value: 'Standard', description: 'Voices of the Standard edition.' },
      ALL: { value: 'All', description: 'Voices of both editions as one list, those of Basic first.' },
    } as const,
  });

  builder.queryFields((t) => ({
    customizedVoices: t.connection(
      {
        type: Type,
        nullable: false,
        description: `Voices of one edition, or of both (ALL: Basic first), in the upstream's order. Give \`first\` or \`last\`, not both; neither means the first ${DEFAULT_PAGE_ROWS}. At most ${MAX_PAGE_ROWS}.`,
        args: {
          type: t.arg({
            type: Filter,
            required: true,
            defaultValue: 'Basic',
            description: 'Which voices to list. Cursors belong to the list they came from.',
          }),
        },
        extensions: reads({ kind: 'list', lists: VOICE_LISTS }),
        resolve: (_root, { type, ...args }, { voices }) => new ListConnection(type, args, voices.readers),
      },
      {
        name: 'CustomizedVoiceConnection',
        description: 'A page of voices.',
        fields: (connection) => ({
          totalCount: connection.int({
            nullable: false,
            description:
              'Number of voices in the whole list. Comes with the page; asked for alone it costs the smallest call.',
            resolve: ({ totalCount }) => totalCount,
          }),
        }),
      },
      {
        name: 'CustomizedVoiceEdge',
        description: 'A voice in its place in the list.',
        nodeField: { description: 'The voice.' },
      },
    ),

    customizedVoice: t.field({
      type: Type,
      nullable: true,
      description: 'One voice by its `voiceId`; null when there is no such voice.',
      args: { voiceId: t.arg.id({ required: true, description: VOICE_ID_DESCRIPTION }) },
      extensions: reads({ kind: 'row', argument: 'voiceId', of: [VOICE_LISTS] }),
      resolve: (_root, { voiceId }, context) => rowById(VOICE_NODE, 'voiceId', voiceId, context),
    }),
  }));

  builder.objectField(Job, 'voice', (t) =>
    t.field({
      type: Type,
      nullable: true,
      description:
        'The voice that the job produced. Null while `status` is not `SUCCESS`, and when there is no such voice. Those of many jobs are read together.',
      extensions: reads({ kind: 'row for each', of: VOICE_LISTS, scanListsFrom: SCAN_LISTS_FROM }),
      resolve: ({ status, voiceId }, _args, { jobs, voices }) =>
        status === 'Success' && voiceId !== null && isPossibleId(voiceId)
          ? jobs.readers.idle().then(() => voices.byId(voiceId, SCAN_LISTS_FROM))
          : null,
    }),
  );
  return Type;
}

/** Defines the voice type. */
function defineVoice(builder: Builder, { Type, Gender, Scenario }: Enums) {
  const Ref = builder.objectRef<Voice>(VOICE_NODE.typename);
  // Not `builder.node`, whose ids are promises: one for each row of a page.
  builder.objectType(Ref, {
    description:
      'A trained voice, the product of a voice cloning job. A field the upstream left out is null.',
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: ID_DESCRIPTION,
        resolve: ({ voiceId }) => globalIdOf(voiceId),
      }),
      voiceId: t.exposeID('voiceId', { nullable: false, description: VOICE_ID_DESCRIPTION }),
      voiceName: t.exposeString('voiceName', {
        nullable: true,
        description: 'Name of the voice, for people.',
      }),
      voiceDesc: t.exposeString('voiceDesc', {
        nullable: true,
        description: 'Description of the voice, for people.',
      }),
      gender: t.expose('gender', { type: Gender, nullable: true, description: 'How the voice sounds.' }),
      scenario: t.expose('scenario', {
        type: Scenario,
        nullable: true,
        description: 'What the voice was trained for. Only `BASIC` voices are asked to say it.',
      }),
      type: t.expose('type', {
        type: Type,
        nullable: true,
        description:
          'Edition that the voice belongs to. The upstream tells it of listed voices only: null for a voice read by its id, unless its listed row is cached.',
      }),
      demoAudioMediaId: t.exposeString('demoAudioMediaId', {
        nullable: true,
        description: 'Id of the sample audio in the media library of the account. Empty where there is none.',
      }),
    }),
  });
  return Ref;
}
