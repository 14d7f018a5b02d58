import { useStatusTexts } from '../status/texts.ts';
import type { Outcome } from './job-counts.ts';
import { useChartTexts } from './texts.ts';

/** Translates the outcome of jobs. */
export function useOutcomeTexts(): (outcome: Outcome) => string {
  const t = useChartTexts();
  const tStatus = useStatusTexts();
  return (outcome) => {
    if (outcome === 'success') return tStatus('SUCCESS');
    if (outcome === 'failed') return tStatus('FAIL');
    return t(outcome);
  };
}
