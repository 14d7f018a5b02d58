import { useEffect, useId, useRef } from 'react';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useFormats } from '../i18n/use-formats.ts';
import styles from './charts.module.css';
import { fillOf, Patterns, Swatch } from './fills.tsx';
import type { Outcome, Period, PeriodLength } from './job-counts.ts';
import { useOutcomeTexts } from './outcome-texts.ts';
import { PeriodTooltip } from './period-tooltip.tsx';
import { useChartTexts } from './texts.ts';

interface CalendarBarsProps {
  readonly periods: readonly Period[];
  readonly outcomes: readonly Outcome[];
  readonly length: PeriodLength;
  /** Full name of a period. */
  readonly name: (startMs: number) => string;
}

/** Minimum width of a bar including its gap, in pixels. A longer chart scrolls. */
const MIN_BAR_WIDTH = 9;

/** Stacked bar chart with a bar for each period, oldest first, and its legend. */
export function CalendarBars({ periods, outcomes, length, name }: CalendarBarsProps) {
  const t = useChartTexts();
  const tOutcome = useOutcomeTexts();
  const formats = useFormats();
  const prefix = useId();
  const scrolled = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new chart scrolls to its newest end
  useEffect(() => {
    if (scrolled.current) scrolled.current.scrollLeft = scrolled.current.scrollWidth;
  }, [length, periods.length]);
  const years = new Set(periods.map(({ startMs }) => new Date(startMs).getFullYear()));
  const tick = length === 'month' ? formats.month : years.size > 1 ? formats.date : formats.day;
  const most = Math.max(...periods.map(({ total }) => total));
  if (periods.length === 0) return <p className={styles.note}>{t('noData')}</p>;
  return (
    <>
      <div className={styles.scrolled} ref={scrolled}>
        <div style={{ minWidth: periods.length * MIN_BAR_WIDTH + 40 }}>
          <ResponsiveContainer width="100%" height={220}>
            <BarChart
              data={[...periods]}
              margin={{ top: 8, right: 0, bottom: 0, left: 4 }}
              barCategoryGap="22%"
              accessibilityLayer={false}
            >
              <Patterns prefix={prefix} />
              <CartesianGrid vertical={false} stroke="var(--line)" />
              <XAxis
                dataKey="startMs"
                tickFormatter={tick}
                minTickGap={28}
                tickLine={false}
                axisLine={{ stroke: 'var(--line-strong)' }}
                tick={{ fill: 'var(--ink-3)', fontSize: 12 }}
                tickMargin={8}
              />
              <YAxis
                // On the right, beside the newest bars, where the view begins.
                orientation="right"
                width={36}
                allowDecimals={false}
                // Without it the axis of a few jobs would be twice as high as needed.
                domain={[0, most < 4 ? most : 'auto']}
                tickCount={most < 4 ? most + 1 : 5}
                tickLine={false}
                axisLine={false}
                tickFormatter={(value: number) => formats.number(value)}
                tick={{ fill: 'var(--ink-3)', fontSize: 12 }}
              />
              <Tooltip
                isAnimationActive={false}
                cursor={{ fill: 'var(--hover)' }}
                content={({ active, payload }) => {
                  const period: Period | undefined = payload?.[0]?.payload;
                  if (!active || period === undefined) return null;
                  return <PeriodTooltip period={period} outcomes={outcomes} prefix={prefix} name={name} />;
                }}
              />
              {outcomes.map((each) => (
                <Bar
                  key={each}
                  dataKey={each}
                  stackId="jobs"
                  fill={fillOf(prefix, each)}
                  maxBarSize={44}
                  isAnimationActive={false}
                />
              ))}
            </BarChart>
          </ResponsiveContainer>
        </div>
      </div>
      <ul className={styles.legend}>
        {outcomes.map((each) => (
          <li key={each}>
            <Swatch prefix={prefix} fill={each} />
            {tOutcome(each)}
          </li>
        ))}
      </ul>
    </>
  );
}
