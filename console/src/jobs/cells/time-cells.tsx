import { type FragmentType, readFragment } from '../../generated/fragment-masking.ts';
import { CreatedCellJobFragmentDoc, SecondTimeCellJobFragmentDoc } from '../../generated/graphql.ts';
import { RelativeTime } from '../../words/relative-time.tsx';
import { Unsaid } from './unsaid.tsx';

/** When the job was created. */
export function CreatedCell({ job }: { readonly job: FragmentType<typeof CreatedCellJobFragmentDoc> }) {
  const { createTime } = readFragment(CreatedCellJobFragmentDoc, job);
  return createTime === null ? <Unsaid /> : <RelativeTime at={createTime} />;
}

/** The second creation time, which the upstream does not explain. */
export function SecondTimeCell({ job }: { readonly job: FragmentType<typeof SecondTimeCellJobFragmentDoc> }) {
  const { gmtCreate } = readFragment(SecondTimeCellJobFragmentDoc, job);
  return gmtCreate === null ? <Unsaid /> : <RelativeTime at={gmtCreate} />;
}
