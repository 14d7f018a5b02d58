import { useFormats } from '../words/use-formats.ts';
import { Swatch } from './looks.tsx';
import { useOutcomeWords } from './outcome-words.ts';
import styles from './pictures.module.css';
import type { Outcome, Period } from './tally.ts';

interface PeriodCardProps {
  readonly period: Period;
  readonly outcomes: readonly Outcome[];
  readonly prefix: string;
  readonly name: (startMs: number) => string;
}

/** Tooltip with the numbers of one bar. */
export function PeriodCard({ period, outcomes, prefix, name }: PeriodCardProps) {
  const sayOutcome = useOutcomeWords();
  const formats = useFormats();
  return (
    <div className={styles.card}>
      <strong>{name(period.startMs)}</strong>
      <ul>
        {outcomes.map((each) => (
          <li key={each}>
            <Swatch prefix={prefix} look={each} />
            {sayOutcome(each)}
            <b>{formats.number(period[each])}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
