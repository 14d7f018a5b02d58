import { useStatusWords } from '../status/words.ts';
import type { Outcome } from './tally.ts';
import { usePictureWords } from './words.ts';

/** Translates the outcome of jobs. */
export function useOutcomeWords(): (outcome: Outcome) => string {
  const say = usePictureWords();
  const sayStatus = useStatusWords();
  return (outcome) => {
    if (outcome === 'success') return sayStatus('SUCCESS');
    if (outcome === 'failed') return sayStatus('FAIL');
    return say(outcome);
  };
}
