import { useIsUnmatched } from '../filter/search-status.tsx';
import { useFilterTexts } from '../filter/texts.ts';
import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import {
  CreatedCellJobFragmentDoc,
  EditionCellJobFragmentDoc,
  GenderCellJobFragmentDoc,
  GmtCreateCellJobFragmentDoc,
  JobIdCellJobFragmentDoc,
  NameCellJobFragmentDoc,
  ScenarioCellJobFragmentDoc,
  VoiceIdCellJobFragmentDoc,
} from '../generated/graphql.ts';
import { Missing } from '../i18n/missing.tsx';
import { RelativeTime } from '../i18n/relative-time.tsx';
import { useJobTexts } from '../job/texts.ts';
import { Id, Name, Raw } from '../table/cells.tsx';

/** Name and description of the voice, or a note that the job no longer matches the filter. */
export function NameCell({ job }: { readonly job: FragmentType<typeof NameCellJobFragmentDoc> }) {
  const { id, status, voiceName, voiceDesc } = readFragment(NameCellJobFragmentDoc, job);
  const t = useJobTexts();
  const tFilter = useFilterTexts();
  const isUnmatched = useIsUnmatched({ id, status });
  return (
    <Name
      name={voiceName}
      description={voiceDesc}
      unnamed={t('unnamed')}
      note={isUnmatched ? tFilter('unmatched') : undefined}
    />
  );
}

/** Edition of the job; the upstream's text if the schema does not know the value. */
export function EditionCell({ job }: { readonly job: FragmentType<typeof EditionCellJobFragmentDoc> }) {
  const { type, rawType } = readFragment(EditionCellJobFragmentDoc, job);
  const t = useJobTexts();
  if (type !== null) return t(type);
  return rawType ? <Raw>{rawType}</Raw> : <Missing />;
}

/** Gender of the voice. */
export function GenderCell({ job }: { readonly job: FragmentType<typeof GenderCellJobFragmentDoc> }) {
  const { gender } = readFragment(GenderCellJobFragmentDoc, job);
  const t = useJobTexts();
  return gender === null ? <Missing /> : t(gender);
}

/** Scenario of the voice. */
export function ScenarioCell({ job }: { readonly job: FragmentType<typeof ScenarioCellJobFragmentDoc> }) {
  const { scenario } = readFragment(ScenarioCellJobFragmentDoc, job);
  const t = useJobTexts();
  return scenario === null ? <Missing /> : t(scenario);
}

/** Creation time of the job. */
export function CreatedCell({ job }: { readonly job: FragmentType<typeof CreatedCellJobFragmentDoc> }) {
  const { createTime } = readFragment(CreatedCellJobFragmentDoc, job);
  return createTime === null ? <Missing /> : <RelativeTime at={createTime} />;
}

/** The upstream's second creation time. */
export function GmtCreateCell({ job }: { readonly job: FragmentType<typeof GmtCreateCellJobFragmentDoc> }) {
  const { gmtCreate } = readFragment(GmtCreateCellJobFragmentDoc, job);
  return gmtCreate === null ? <Missing /> : <RelativeTime at={gmtCreate} />;
}

interface VoiceIdCellProps {
  readonly job: FragmentType<typeof VoiceIdCellJobFragmentDoc>;
  readonly canCopy: boolean;
}

/** Id of the voice. */
export function VoiceIdCell({ job, canCopy }: VoiceIdCellProps) {
  const { voiceId } = readFragment(VoiceIdCellJobFragmentDoc, job);
  const t = useJobTexts();
  return <Id id={voiceId} what={t('voiceId')} canCopy={canCopy} />;
}

interface JobIdCellProps {
  readonly job: FragmentType<typeof JobIdCellJobFragmentDoc>;
  readonly canCopy: boolean;
}

/** Id of the job in the upstream. */
export function JobIdCell({ job, canCopy }: JobIdCellProps) {
  const { jobId } = readFragment(JobIdCellJobFragmentDoc, job);
  const t = useJobTexts();
  return <Id id={jobId} what={t('jobId')} canCopy={canCopy} />;
}
