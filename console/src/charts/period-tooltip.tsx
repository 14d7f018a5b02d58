import { useFormats } from '../i18n/use-formats.ts';
import styles from './charts.module.css';
import { Swatch } from './fills.tsx';
import type { Outcome, Period } from './job-counts.ts';
import { useOutcomeTexts } from './outcome-texts.ts';

interface PeriodTooltipProps {
  readonly period: Period;
  readonly outcomes: readonly Outcome[];
  readonly prefix: string;
  readonly name: (startMs: number) => string;
}

/** Tooltip with the numbers of one bar. */
export function PeriodTooltip({ period, outcomes, prefix, name }: PeriodTooltipProps) {
  const tOutcome = useOutcomeTexts();
  const formats = useFormats();
  return (
    <div className={styles.card}>
      <strong>{name(period.startMs)}</strong>
      <ul>
        {outcomes.map((each) => (
          <li key={each}>
            <Swatch prefix={prefix} fill={each} />
            {tOutcome(each)}
            <b>{formats.number(period[each])}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
