import type { Observer } from '../observer.ts';
import { DirectSource } from '../paging/direct-source.ts';
import { PageCodec } from '../paging/page-codec.ts';
import type { ListDefinition } from '../paging/page-source.ts';
import { type ImsClient, type ListActions, MAX_PAGE_SIZE } from '../upstream/ims.ts';
import { compactRow, expandRow } from '../upstream/row-fields.ts';
import {
  bytesOfVoice,
  isVoiceFields,
  parseVoice,
  VOICE_FIELDS,
  VOICE_TYPES,
  Voice,
  type VoiceType,
} from './voice.ts';

/**
 * Definition of the voice lists. They keep the upstream's order, because voices have no creation time and no documented order.
 *
 * @see https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-listcustomizedvoices
 * @see https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-getcustomizedvoice
 */
export const VOICE_LISTS = {
  lists: VOICE_TYPES,
  maxPageSize: MAX_PAGE_SIZE,
  order: 'own',
  cursorCode: 4,
  rowName: 'voice',
  listAction: 'ListCustomizedVoices',
  rowsField: 'CustomizedVoiceList',
  getAction: 'GetCustomizedVoice',
  rowField: 'CustomizedVoice',
  idField: 'VoiceId',
  parse: parseVoice,
  bytesOf: bytesOfVoice,
  codec: new PageCodec({
    version: 1,
    maxPageSize: MAX_PAGE_SIZE,
    compact: (voice) => compactRow(VOICE_FIELDS, voice),
    expand,
  }),
  // A voice read by its id lacks `type`. An earlier listed row may have it, and it never changes.
  completed: (voice, earlier) => voice.withType(voice.type ?? earlier?.type ?? null),
} satisfies ListDefinition<VoiceType, Voice> & ListActions<Voice>;

/** Source that reads voices from the upstream. */
export function voiceSource(ims: ImsClient, observer: Observer): DirectSource<VoiceType, Voice> {
  return new DirectSource<VoiceType, Voice>(
    { ...VOICE_LISTS, ...ims.reads(VOICE_LISTS, observer) },
    observer,
  );
}

/** Decodes a voice. @throws TypeError for anything but the compact form of a voice */
function expand(compact: unknown): Voice {
  const fields = expandRow(VOICE_FIELDS, compact);
  if (!isVoiceFields(fields)) throw new TypeError('invalid fields of a voice');
  return new Voice(fields);
}
