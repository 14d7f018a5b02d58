import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import type { Subject } from './failure-texts.ts';
import { Notice } from './notice.tsx';
import { useNoticeTexts } from './texts.ts';

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
  const t = useNoticeTexts();
  return <Notice tone="info" icon="empty" title={t(TITLES[of])} text={t(TEXTS[of][type])} />;
}
