import { type Cells, plain } from '../../bench/report/table.ts';
import { percentile } from '../../bench/statistics.ts';
import type { Judge } from '../judge/judge.ts';
import type { Figures } from '../measure/figures.ts';
import { MAX_RESPONSE_MS } from '../settings.ts';
import { MIN_JUDGED_MINUTES, memoryTrend, problems, WARM_UP } from './problems.ts';

/** Number of recoveries in a report, the longest first. */
const SHOWN_RECOVERIES = 5;

/** All results of a run as text. */
export function report(judge: Judge, figures: Figures): string {
  const wrong = problems(judge, figures);
  return [
    `Responses\n${plain(responses(judge))}`,
    unexpected(judge),
    times(judge, figures),
    recoveries(figures),
    `Upstream calls\n${plain(upstreamCalls(figures))}`,
    memory(figures),
    wrong.length === 0 ? 'Passed.' : `FAILED:\n${wrong.map((line) => `  ${line}`).join('\n')}`,
  ].join('\n\n');
}

/** One row per role, one column per kind of result. */
function responses({ responses: byRole }: Judge): Cells {
  const kinds = [...new Set([...byRole.values()].flatMap((counts) => [...counts.keys()]))];
  const sumOf = (kind: string) =>
    [...byRole.values()].reduce((sum, counts) => sum + (counts.get(kind) ?? 0), 0);
  const sorted = kinds.map((kind) => ({ kind, sum: sumOf(kind) })).sort((a, b) => b.sum - a.sum);
  const roles = [...byRole.keys()];
  return [
    ['', 'all', ...roles],
    ...sorted.map(({ kind, sum }) => [
      kind,
      number(sum),
      ...roles.map((role) => number(byRole.get(role)?.get(kind) ?? 0)),
    ]),
  ];
}

function unexpected(judge: Judge): string {
  const all = [...judge.unexpected.values()].sort((a, b) => b.count - a.count);
  if (all.length === 0) return 'Unexpected: nothing.';
  const lines = all.map(
    ({ role, what, count, first }) =>
      `  ${count} × ${role}: ${what}\n    first: ${first.requestId}${first.text === '' ? '' : ` ${first.text.trim()}`}`,
  );
  return `Unexpected\n${lines.join('\n')}`;
}

function times({ tookMs, slowest }: Judge, { healthMs, eventLoopP99Ms }: Figures): string {
  const late = tookMs.filter((took) => took > MAX_RESPONSE_MS).length;
  const within =
    eventLoopP99Ms.length === 0
      ? 'no delay in its metrics'
      : `p99 by its metrics ${ms(Math.max(...eventLoopP99Ms))} in the worst ten seconds`;
  const named = slowest.map((slow) => `${ms(slow.tookMs)} ${slow.role} ${slow.requestId}`);
  return [
    'Times',
    `  responses: ${spread(tookMs)}; ${number(late)} of ${number(tookMs.length)} over ${number(MAX_RESPONSE_MS)} ms, the deadline plus 300 ms`,
    `  slowest: ${named.join(', ')}`,
    `  event loop delay, measured with /health: ${spread(healthMs)}; ${within}`,
  ].join('\n');
}

function recoveries({ recoveries: all }: Figures): string {
  const sorted = all.toSorted((a, b) => b.tookMs - a.tookMs).slice(0, SHOWN_RECOVERIES);
  const lines = sorted.map(
    ({ fault, tookMs, lastCode }) =>
      `  ${ms(tookMs)} after ${fault}${lastCode === undefined ? '' : `, with ${lastCode} until then`}`,
  );
  return [
    `Recovery time, from the end of a fault to the first complete response: the longest of ${all.length}`,
    ...lines,
  ].join('\n');
}

function upstreamCalls({ upstreamCalls: calls }: Figures): Cells {
  const sum = [...calls.values()].reduce((total, count) => total + count, 0);
  const rows = [...calls].sort(([, a], [, b]) => b - a).map(([outcome, count]) => [outcome, number(count)]);
  return [['', 'calls'], ['all', number(sum)], ...rows];
}

function memory(figures: Figures): string {
  const { samples, minutes } = figures;
  const tenths = Array.from({ length: 11 }, (_, tenth) => {
    const due = (tenth / 10) * minutes;
    const nearest = samples.toSorted((a, b) => Math.abs(a.minutes - due) - Math.abs(b.minutes - due))[0];
    return nearest === undefined ? '–' : (nearest.rssKb / 1024).toFixed(0);
  });
  const { slope, margin } = memoryTrend(figures);
  return [
    `Memory of the gateway (RSS), in MB at each tenth: ${tenths.join(' ')}`,
    `  slope after the first ${WARM_UP * 100} %: ${number(slope)} ± ${number(margin)} kB/min with 95 % confidence`,
    '  Filling caches are not a leak: all are bounded, and the load fills them in that first part.',
    ...(minutes < MIN_JUDGED_MINUTES
      ? [`  Not judged: in runs shorter than ${MIN_JUDGED_MINUTES} minutes the heap is still settling.`]
      : []),
  ].join('\n');
}

function spread(valuesMs: readonly number[]): string {
  if (valuesMs.length === 0) return 'none';
  const [p50, p99, max] = [50, 99, 100].map((percent) => ms(percentile(valuesMs, percent)));
  return `p50 ${p50}, p99 ${p99}, max ${max}`;
}

function ms(value: number): string {
  return `${value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })} ms`;
}

function number(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '∞';
}
