import { ListConnection } from '../paging/list-connection.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import { Voice } from '../voices/voice.ts';
import { VOICE_LISTS } from '../voices/voice-list.ts';
import { type Builder, ID_DESCRIPTION, reads } from './builder.ts';
import { defineConnection, defineTypeFilter } from './edition-list.ts';
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

const VOICE_ID_DESCRIPTION = 'Id of the voice in the upstream, 1 to 128 characters.';

/**
 * Minimum number of voices of jobs for which the lists are scanned while their lengths are unknown. It is low because an account
 * usually has tens of voices, so that one page of each list has all of them.
 */
const SCAN_LISTS_FROM = 3;

/** Defines the voice, its connection and lookup, and the field `voice` of a job. @returns the reference of the voice type */
export function defineVoices(builder: Builder, enums: Enums, Job: ReturnType<typeof defineVoiceJobs>['Job']) {
  const Type = defineVoice(builder, enums);
  const Filter = defineTypeFilter(
    builder,
    VOICE_NODE.typename,
    'Voices',
    'Voices of both editions in one list, those of the Basic edition first.',
  );
  const { Connection, Edge } = defineConnection(builder, Type, 'voice');

  builder.queryFields((t) => ({
    customizedVoices: t.connection(
      {
        type: Type,
        nullable: false,
        description: `Lists voices of one edition, or of both, in the order of the upstream.\n\nPass \`first\` or \`last\`, not both. Without either, the page has the first ${DEFAULT_PAGE_ROWS} rows; at most ${MAX_PAGE_ROWS}. A number out of range, a malformed cursor and a cursor of another list are \`BAD_USER_INPUT\` errors.`,
        args: {
          type: t.arg({
            type: Filter,
            required: true,
            defaultValue: 'Basic',
            description: 'Edition to list. A cursor is valid only for the `type` that it came from.',
          }),
        },
        extensions: reads({ kind: 'list', lists: VOICE_LISTS }),
        resolve: (_root, { type, ...args }, { voices }) => new ListConnection(type, args, voices.readers),
      },
      Connection,
      Edge,
    ),

    customizedVoice: t.field({
      type: Type,
      nullable: true,
      description: 'Fetches a voice by its `voiceId`. Null when there is no such voice.',
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
        'Voice that the job produced. Null, without an upstream call, while `status` is not `SUCCESS`; null also when the voice does not exist, for example after it was deleted. The voices of all jobs of an operation are read in one batch: with a call for each, or from the pages of the lists where that takes fewer calls.',
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
      'A trained voice, the result of a voice cloning job. A field that the upstream does not send is null; an empty text stays empty.',
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
        description: 'Display name of the voice. The upstream allows 32 characters.',
      }),
      voiceDesc: t.exposeString('voiceDesc', {
        nullable: true,
        description: 'Description of the voice. The upstream allows 256 characters.',
      }),
      gender: t.expose('gender', { type: Gender, nullable: true, description: 'Gender of the voice.' }),
      scenario: t.expose('scenario', {
        type: Scenario,
        nullable: true,
        description:
          'Use that the voice was trained for. Usually null for `STANDARD` voices, whose creation has no such parameter.',
      }),
      type: t.expose('type', {
        type: Type,
        nullable: true,
        description:
          'Edition of the voice. The upstream sends it only in lists: null for a voice that is fetched by its id, unless its row of a list is cached.',
      }),
      demoAudioMediaId: t.exposeString('demoAudioMediaId', {
        nullable: true,
        description:
          'Id of the sample recording, a media asset in the media library of the account. Empty when there is none.',
      }),
    }),
  });
  return Ref;
}
