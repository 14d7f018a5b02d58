import { type FragmentType, readFragment } from '../../generated/fragment-masking.ts';
import {
  EditionCellJobFragmentDoc,
  GenderCellJobFragmentDoc,
  ScenarioCellJobFragmentDoc,
} from '../../generated/graphql.ts';
import { useJobWords } from '../../job/words.ts';
import { Unsaid } from './unsaid.tsx';

/** The edition of a job. */
export function EditionCell({ job }: { readonly job: FragmentType<typeof EditionCellJobFragmentDoc> }) {
  const { type } = readFragment(EditionCellJobFragmentDoc, job);
  const say = useJobWords();
  return type === null ? <Unsaid /> : say(type);
}

/** How the voice sounds. */
export function GenderCell({ job }: { readonly job: FragmentType<typeof GenderCellJobFragmentDoc> }) {
  const { gender } = readFragment(GenderCellJobFragmentDoc, job);
  const say = useJobWords();
  return gender === null ? <Unsaid /> : say(gender);
}

/** What the voice is for. */
export function ScenarioCell({ job }: { readonly job: FragmentType<typeof ScenarioCellJobFragmentDoc> }) {
  const { scenario } = readFragment(ScenarioCellJobFragmentDoc, job);
  const say = useJobWords();
  return scenario === null ? <Unsaid /> : say(scenario);
}
