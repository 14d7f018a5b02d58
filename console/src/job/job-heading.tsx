import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { JobHeadingJobFragmentDoc } from '../generated/graphql.ts';
import { useJobWords } from './words.ts';

/** What a job is called by people. */
export function JobHeading({ job }: { readonly job: FragmentType<typeof JobHeadingJobFragmentDoc> }) {
  const { voiceName } = readFragment(JobHeadingJobFragmentDoc, job);
  const say = useJobWords();
  return voiceName || say('unnamed');
}
