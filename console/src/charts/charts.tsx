import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { ChartsJobFragmentDoc } from '../generated/graphql.ts';
import { useFormats } from '../i18n/use-formats.ts';
import { useJobTexts } from '../job/texts.ts';
import { useStatusTexts } from '../status/texts.ts';
import { CalendarChart } from './calendar-chart.tsx';
import styles from './charts.module.css';
import { CountsChart } from './counts-chart.tsx';
import { countByScenario, countByStatus } from './job-counts.ts';
import { useChartTexts } from './texts.ts';

interface ChartsProps {
  /** The loaded jobs, each once, in any order. */
  readonly jobs: readonly FragmentType<typeof ChartsJobFragmentDoc>[];
  /** Number of jobs in the list. */
  readonly totalCount: number;
  /** Heading. @default how many of the newest jobs these are */
  readonly title?: string | undefined;
}

/** Charts of the loaded jobs, and of how many in total. Nothing is extrapolated. */
export default function Charts({ jobs, totalCount, title }: ChartsProps) {
  const t = useChartTexts();
  const tStatus = useStatusTexts();
  const tJob = useJobTexts();
  const formats = useFormats();
  const read = readFragment(ChartsJobFragmentDoc, jobs);
  const counts = { loaded: formats.number(read.length), total: formats.number(totalCount) };
  const isAll = read.length >= totalCount;
  return (
    <section className={styles.charts} aria-labelledby="charts-title">
      <h2 className={styles.heading} id="charts-title">
        {title ?? t(isAll ? 'ofAll' : 'ofNewest', counts)}
      </h2>
      <CountsChart
        title={t('byStatus')}
        keyName={t('status')}
        counts={countByStatus(read).map(({ key, count }) => ({
          name: tStatus(key ?? 'unknownStatus'),
          fill:
            key === 'SUCCESS'
              ? 'success'
              : key === 'FAIL'
                ? 'failed'
                : key === null
                  ? 'unknown'
                  : 'inProgress',
          count,
        }))}
      />
      <CountsChart
        title={t('byScenario')}
        keyName={t('scenario')}
        counts={countByScenario(read).map(({ key, count }) => ({
          name: key === null ? t('noScenario') : tJob(key),
          fill: key === null ? 'unknown' : 'plain',
          count,
        }))}
      />
      <CalendarChart jobs={read} />
    </section>
  );
}
