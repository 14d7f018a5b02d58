import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { JobHeadingJobFragmentDoc } from '../generated/graphql.ts';
import { useJobTexts } from './texts.ts';

/** Title of a job: the name of its voice. */
export function JobHeading({ job }: { readonly job: FragmentType<typeof JobHeadingJobFragmentDoc> }) {
  const { voiceName } = readFragment(JobHeadingJobFragmentDoc, job);
  const t = useJobTexts();
  return voiceName || t('unnamed');
}
