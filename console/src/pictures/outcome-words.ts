import { useStatusWords } from '../status/words.ts';
import type { Outcome } from './tally.ts';
import { usePictureWords } from './words.ts';

/** What became of jobs, in the language of the reader. */
export function useOutcomeWords(): (outcome: Outcome) => string {
  const say = usePictureWords();
  const sayStatus = useStatusWords();
  return (outcome) => {
    if (outcome === 'success') return sayStatus('SUCCESS');
    if (outcome === 'failed') return sayStatus('FAIL');
    return say(outcome);
  };
}
