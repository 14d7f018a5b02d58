import { useState } from 'react';
import { useFormats } from '../i18n/use-formats.ts';
import { SegmentedControl } from '../style/segmented-control.tsx';
import { CalendarBars } from './calendar-bars.tsx';
import { ChartFigure } from './chart-figure.tsx';
import {
  type CountedJob,
  countByPeriod,
  fittingPeriodLength,
  OUTCOMES,
  PERIOD_LENGTHS,
  type PeriodLength,
} from './job-counts.ts';
import { useOutcomeTexts } from './outcome-texts.ts';
import { useChartTexts } from './texts.ts';

const TITLES = { day: 'perDay', week: 'perWeek', month: 'perMonth' } as const;
const NOTES = { day: 'dayNote', week: 'weekNote', month: 'monthNote' } as const;

/** Chart of the jobs created per day, week or month, by outcome. The period is chosen to fit until the user chooses. */
export function CalendarChart({ jobs }: { readonly jobs: readonly CountedJob[] }) {
  const t = useChartTexts();
  const tOutcome = useOutcomeTexts();
  const formats = useFormats();
  const [chosen, setChosen] = useState<PeriodLength>();
  const length = chosen ?? fittingPeriodLength(jobs);
  const { periods, undated } = countByPeriod(jobs, length);
  const outcomes = OUTCOMES.filter((each) => periods.some((period) => period[each] > 0));
  const name = (startMs: number) => (length === 'month' ? formats.month(startMs) : formats.fullDay(startMs));
  return (
    <ChartFigure
      wide
      title={t(TITLES[length])}
      choice={
        <SegmentedControl
          label={t('groupBy')}
          values={PERIOD_LENGTHS}
          chosen={length}
          t={t}
          onChoose={setChosen}
        />
      }
      chart={<CalendarBars periods={periods} outcomes={outcomes} length={length} name={name} />}
      note={
        <>
          {t(NOTES[length], { zone: formats.timeZone })}
          {undated > 0 && ` ${t('undated', { number: formats.number(undated) })}`}
        </>
      }
      columns={[
        t(length === 'week' ? 'weekOf' : length),
        ...outcomes.map((each) => tOutcome(each)),
        t('total'),
      ]}
      rows={periods
        .filter(({ total }) => total > 0)
        .map((period) => [
          name(period.startMs),
          ...outcomes.map((each) => formats.number(period[each])),
          formats.number(period.total),
        ])}
    />
  );
}
