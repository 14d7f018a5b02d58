import { type Metric, Registry } from 'prom-client';

/** How often something happened, by the values of its labels, in the order of their names. */
export interface LabelledCount {
  readonly values: readonly string[];
  readonly times: number;
}

type Cell = { readonly values: readonly string[]; times: number };
type Level = Map<string, Level | Cell>;

const NO_LABELS: readonly string[] = [];

/**
 * Counts by labels, in plain numbers: 0.05 µs each, where a labelled counter of prom-client takes 0.4 to 0.7. Every
 * combination of values is kept, so a label must have few.
 */
export class Counter implements Iterable<LabelledCount> {
  readonly #cells: Cell[] = [];
  readonly #root: Level = new Map();

  /** @param values of the labels, one for each, as many at every call; without any there is one number */
  add(values: readonly string[] = NO_LABELS, times = 1): void {
    this.cell(values).times += times;
  }

  /** The cell of some values, for a caller that counts there often. It is shown from now on, also while it is 0. */
  cell(values: readonly string[] = NO_LABELS): { times: number } {
    let level = this.#root;
    const last = values.length - 1;
    for (let index = 0; index < last; index++) {
      const value = values[index] as string;
      let next = level.get(value);
      if (next === undefined) {
        next = new Map();
        level.set(value, next);
      }
      level = next as Level;
    }
    const value = last < 0 ? '' : (values[last] as string);
    let cell = level.get(value) as Cell | undefined;
    if (cell === undefined) {
      cell = { values: [...values], times: 0 };
      level.set(value, cell);
      this.#cells.push(cell);
    }
    return cell;
  }

  [Symbol.iterator](): Iterator<LabelledCount> {
    return this.#cells.values();
  }
}

/** Upper bounds for requests, in milliseconds: of a cached response up to twice the default upstream deadline. */
export const REQUEST_BOUNDS_MS: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
];

/** Upper bounds for the upstream, in milliseconds: no response over a network takes less than the first. */
export const UPSTREAM_BOUNDS_MS: readonly number[] = REQUEST_BOUNDS_MS.slice(2);

interface Buckets {
  /** For each bound how many were longer than the one before and not longer than it; at the end how many were longer than all. */
  readonly counts: Float64Array;
  sumMs: number;
}

/** Durations in buckets, by the value of one label, which has few of them. In plain numbers: 0.02 µs each. */
export class Histogram {
  readonly #boundsMs: readonly number[];
  readonly #byValue = new Map<string, Buckets>();

  /** @param boundsMs ascending */
  constructor(boundsMs: readonly number[]) {
    this.#boundsMs = boundsMs;
  }

  /** @param durationMs not below 0 @param value of the label; without it there is one series */
  add(durationMs: number, value = ''): void {
    const boundsMs = this.#boundsMs;
    let buckets = this.#byValue.get(value);
    if (buckets === undefined) {
      buckets = { counts: new Float64Array(boundsMs.length + 1), sumMs: 0 };
      this.#byValue.set(value, buckets);
    }
    let bucket = 0;
    while (bucket < boundsMs.length && durationMs > (boundsMs[bucket] as number)) bucket++;
    buckets.counts[bucket] = (buckets.counts[bucket] as number) + 1;
    buckets.sumMs += durationMs;
  }

  /** @see https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries */
  *samples(name: string, labelName: string | undefined): Iterable<Sample> {
    for (const [value, { counts, sumMs }] of this.#byValue) {
      const labels = labelName === undefined ? {} : { [labelName]: value };
      let upTo = 0;
      for (const [index, count] of counts.entries()) {
        upTo += count;
        const boundMs = this.#boundsMs[index];
        const le = boundMs === undefined ? '+Inf' : String(boundMs / 1000);
        yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value: upTo };
      }
      yield { metricName: `${name}_sum`, labels, value: sumMs / 1000 };
      yield { metricName: `${name}_count`, labels, value: upTo };
    }
  }
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Every own metric has this prefix, so that none can be mistaken for another exporter's, such as `redis_up` of redis_exporter. */
export type MetricName = `voicejobs_${string}`;

/**
 * The metrics of one gateway, in Prometheus' text format. Plain numbers, here or at their owners, until they are read.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
export class MetricSet {
  readonly #registry = new Registry();
  readonly contentType = this.#registry.contentType;

  /** A counter. @param name ends in `_total` */
  counter(name: MetricName, help: string, labelNames: readonly string[] = []): Counter {
    const counter = new Counter();
    // A counter without labels is shown from the beginning, so that its first increase is seen.
    if (labelNames.length === 0) counter.cell();
    this.show('counter', name, help, labelNames, () => counter);
    return counter;
  }

  /** A histogram, by one label or by none. @param name ends in `_seconds` */
  histogram(name: MetricName, help: string, boundsMs: readonly number[], labelName?: string): Histogram {
    const histogram = new Histogram(boundsMs);
    this.#register('histogram', name, help, () => histogram.samples(name, labelName));
    return histogram;
  }

  /** A counter or a gauge that its owner keeps. @param read gives the values as they are then */
  show(
    type: 'counter' | 'gauge',
    name: MetricName,
    help: string,
    labelNames: readonly string[],
    read: () => Iterable<LabelledCount>,
  ): void {
    this.#register(type, name, help, function* () {
      for (const { values, times } of read()) {
        const labels = Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? '']));
        yield { labels, value: times };
      }
    });
  }

  /** A gauge of one number. */
  gauge(name: MetricName, help: string, read: () => number): void {
    this.show('gauge', name, help, [], () => [{ values: [], times: read() }]);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Registers the part of a metric that the registry uses; prom-client's own kinds would count by themselves. */
  #register(type: string, name: MetricName, help: string, read: () => Iterable<Sample>): void {
    const metric = { name, help, type, get: async () => ({ name, help, type, values: [...read()] }) };
    this.#registry.registerMetric(metric as unknown as Metric<string>);
  }
}
