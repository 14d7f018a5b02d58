import { type Metric, Registry } from 'prom-client';
import { type Count, Counts } from './counts.ts';
import { type Durations, LabelledDurations } from './durations.ts';

/** A line of the text format. */
interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The metrics of one gateway. All are kept in plain numbers, by this or by whoever knows them anyway, and put into
 * Prometheus' text format when somebody asks for it.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
export class MetricSet {
  readonly #registry = new Registry();
  readonly contentType = this.#registry.contentType;

  /** A counter. @param name ends in `_total` */
  counter(name: string, help: string, labelNames: readonly string[] = []): Counts {
    const counts = new Counts();
    // What has no labels is there from the beginning, so that its first increase is seen.
    if (labelNames.length === 0) counts.cell();
    this.show('counter', name, help, labelNames, () => counts);
    return counts;
  }

  /** A histogram, by one label or by none. @param name ends in `_seconds` */
  histogram(name: string, help: string, boundsMs: readonly number[], labelName?: string): LabelledDurations {
    const durations = new LabelledDurations(boundsMs);
    const labelsOf = (value: string) => (labelName === undefined ? {} : { [labelName]: value });
    this.#register('histogram', name, help, function* () {
      for (const [value, found] of durations) yield* samplesOf(name, labelsOf(value), found);
    });
    return durations;
  }

  /** A counter or a gauge that somebody else keeps. @param read gives the values as they are then */
  show(
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => Iterable<Count>,
  ): void {
    this.#register(type, name, help, function* () {
      for (const { values, times } of read()) {
        const labels = Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? '']));
        yield { labels, value: times };
      }
    });
  }

  /** A gauge of one number. */
  gauge(name: string, help: string, read: () => number): void {
    this.show('gauge', name, help, [], () => [{ values: [], times: read() }]);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** As much of a metric as the registry asks for; its own kinds would count by themselves. */
  #register(type: string, name: string, help: string, read: () => Iterable<Sample>): void {
    const metric = { name, help, type, get: async () => ({ name, help, type, values: [...read()] }) };
    this.#registry.registerMetric(metric as unknown as Metric<string>);
  }
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries */
function* samplesOf(
  name: string,
  labels: Readonly<Record<string, string>>,
  { boundsMs, counts, sumMs }: Durations,
): Iterable<Sample> {
  let upTo = 0;
  for (const [index, count] of counts.entries()) {
    upTo += count;
    const boundMs = boundsMs[index];
    const le = boundMs === undefined ? '+Inf' : String(boundMs / 1000);
    yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value: upTo };
  }
  yield { metricName: `${name}_sum`, labels, value: sumMs / 1000 };
  yield { metricName: `${name}_count`, labels, value: upTo };
}
