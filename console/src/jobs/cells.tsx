import { useIsUnmatched } from '../filter/search-parts.tsx';
import { useFilterWords } from '../filter/words.ts';
import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import {
  CreatedCellJobFragmentDoc,
  EditionCellJobFragmentDoc,
  GenderCellJobFragmentDoc,
  JobIdCellJobFragmentDoc,
  NameCellJobFragmentDoc,
  ScenarioCellJobFragmentDoc,
  SecondTimeCellJobFragmentDoc,
  VoiceIdCellJobFragmentDoc,
} from '../generated/graphql.ts';
import { useJobWords } from '../job/words.ts';
import { Id, Name, Raw } from '../table/cells.tsx';
import { Missing } from '../words/missing.tsx';
import { RelativeTime } from '../words/relative-time.tsx';

/** Name and description of the voice, or a note that the job no longer matches the filter. */
export function NameCell({ job }: { readonly job: FragmentType<typeof NameCellJobFragmentDoc> }) {
  const { id, status, voiceName, voiceDesc } = readFragment(NameCellJobFragmentDoc, job);
  const say = useJobWords();
  const sayFilter = useFilterWords();
  const isUnmatched = useIsUnmatched({ id, status });
  return (
    <Name
      name={voiceName}
      description={voiceDesc}
      unnamed={say('unnamed')}
      note={isUnmatched ? sayFilter('unmatched') : undefined}
    />
  );
}

/** Edition of the job; the upstream's text if the schema does not know the value. */
export function EditionCell({ job }: { readonly job: FragmentType<typeof EditionCellJobFragmentDoc> }) {
  const { type, rawType } = readFragment(EditionCellJobFragmentDoc, job);
  const say = useJobWords();
  if (type !== null) return say(type);
  return rawType ? <Raw>{rawType}</Raw> : <Missing />;
}

/** Gender of the voice. */
export function GenderCell({ job }: { readonly job: FragmentType<typeof GenderCellJobFragmentDoc> }) {
  const { gender } = readFragment(GenderCellJobFragmentDoc, job);
  const say = useJobWords();
  return gender === null ? <Missing /> : say(gender);
}

/** Scenario of the voice. */
export function ScenarioCell({ job }: { readonly job: FragmentType<typeof ScenarioCellJobFragmentDoc> }) {
  const { scenario } = readFragment(ScenarioCellJobFragmentDoc, job);
  const say = useJobWords();
  return scenario === null ? <Missing /> : say(scenario);
}

/** Creation time of the job. */
export function CreatedCell({ job }: { readonly job: FragmentType<typeof CreatedCellJobFragmentDoc> }) {
  const { createTime } = readFragment(CreatedCellJobFragmentDoc, job);
  return createTime === null ? <Missing /> : <RelativeTime at={createTime} />;
}

/** The upstream's second creation time. */
export function SecondTimeCell({ job }: { readonly job: FragmentType<typeof SecondTimeCellJobFragmentDoc> }) {
  const { gmtCreate } = readFragment(SecondTimeCellJobFragmentDoc, job);
  return gmtCreate === null ? <Missing /> : <RelativeTime at={gmtCreate} />;
}

interface VoiceIdCellProps {
  readonly job: FragmentType<typeof VoiceIdCellJobFragmentDoc>;
  readonly canCopy: boolean;
}

/** Id of the voice. */
export function VoiceIdCell({ job, canCopy }: VoiceIdCellProps) {
  const { voiceId } = readFragment(VoiceIdCellJobFragmentDoc, job);
  const say = useJobWords();
  return <Id id={voiceId} what={say('voiceId')} canCopy={canCopy} />;
}

interface JobIdCellProps {
  readonly job: FragmentType<typeof JobIdCellJobFragmentDoc>;
  readonly canCopy: boolean;
}

/** Id of the job in the upstream. */
export function JobIdCell({ job, canCopy }: JobIdCellProps) {
  const { jobId } = readFragment(JobIdCellJobFragmentDoc, job);
  const say = useJobWords();
  return <Id id={jobId} what={say('jobId')} canCopy={canCopy} />;
}
