import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import type { Subject } from './failure-words.ts';
import { Notice } from './notice.tsx';
import { useNoticeWords } from './words.ts';

const TITLES = { jobs: 'emptyTitle', voices: 'emptyVoicesTitle' } as const;
const TEXTS = {
  jobs: { ALL: 'emptyAll', BASIC: 'emptyBasic', STANDARD: 'emptyStandard' },
  voices: { ALL: 'emptyAllVoices', BASIC: 'emptyBasicVoices', STANDARD: 'emptyStandardVoices' },
} as const;

interface EmptyListProps {
  readonly of: Subject;
  readonly type: CustomizedVoiceJobTypeFilter;
}

/** Notice in place of a list without rows. */
export function EmptyList({ of, type }: EmptyListProps) {
  const say = useNoticeWords();
  return <Notice tone="calm" icon="empty" title={say(TITLES[of])} text={say(TEXTS[of][type])} />;
}
