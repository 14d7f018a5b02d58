import { useId } from 'react';
import { Bar, BarChart, Cell, LabelList, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { useFormats } from '../i18n/use-formats.ts';
import { ChartFigure } from './chart-figure.tsx';
import { type Fill, fillOf, Patterns } from './fills.tsx';
import { useChartTexts } from './texts.ts';

interface CountsChartProps {
  readonly title: string;
  /** Name of the categories. */
  readonly keyName: string;
  readonly counts: readonly { readonly name: string; readonly fill: Fill; readonly count: number }[];
}

/** Height of a bar including its gap, in pixels. */
const BAR_HEIGHT = 34;

/** Bar chart with the number of jobs in each category. */
export function CountsChart({ title, keyName, counts }: CountsChartProps) {
  const t = useChartTexts();
  const formats = useFormats();
  const prefix = useId();
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const share = (count: number) => (all === 0 ? formats.share(0) : formats.share(count / all));
  return (
    <ChartFigure
      title={title}
      chart={
        <ResponsiveContainer width="100%" height={counts.length * BAR_HEIGHT + 8}>
          <BarChart
            data={[...counts]}
            layout="vertical"
            margin={{ top: 4, right: 92, bottom: 4, left: 0 }}
            accessibilityLayer={false}
          >
            <Patterns prefix={prefix} />
            <XAxis type="number" hide domain={[0, 'dataMax']} />
            <YAxis
              type="category"
              dataKey="name"
              width={112}
              interval={0}
              tickLine={false}
              axisLine={false}
              tick={{ fill: 'var(--ink-2)', fontSize: 13 }}
            />
            <Bar dataKey="count" barSize={16} radius={[0, 4, 4, 0]} isAnimationActive={false}>
              {counts.map(({ name, fill }) => (
                <Cell key={name} fill={fillOf(prefix, fill)} />
              ))}
              <LabelList
                dataKey="count"
                position="right"
                fill="var(--ink)"
                fontSize={13}
                formatter={(count) => `${formats.number(Number(count))} · ${share(Number(count))}`}
              />
            </Bar>
          </BarChart>
        </ResponsiveContainer>
      }
      columns={[keyName, t('jobs'), t('share')]}
      rows={counts.map(({ name, count }) => [name, formats.number(count), share(count)])}
    />
  );
}
