import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { Notice } from './notice.tsx';
import { useNoticeWords } from './words.ts';

const TEXTS = { ALL: 'emptyAll', BASIC: 'emptyBasic', STANDARD: 'emptyStandard' } as const;

/** Says that a list is there and has no jobs. */
export function EmptyList({ type }: { readonly type: CustomizedVoiceJobTypeFilter }) {
  const say = useNoticeWords();
  return <Notice tone="calm" icon="empty" title={say('emptyTitle')} text={say(TEXTS[type])} />;
}
