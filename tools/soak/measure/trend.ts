/** A value at a time. */
export interface Point {
  readonly minutes: number;
  readonly value: number;
}

/** How a value goes on, in its unit a minute. */
export interface Trend {
  readonly slope: number;
  /** The true slope lies within `slope ± margin` with 95 % confidence; Infinity where there is nothing to go by. */
  readonly margin: number;
}

/**
 * Values that a series counts for at least. One that bends as a whole (a heap that settles) would count for none by the
 * likeness of neighbours alone, and then no growth at all could be told from noise.
 */
const LEAST_INDEPENDENT = 4;

/**
 * The slope of a line through the points by least squares, and how sure it is. Memory that was high a second ago is high
 * now: neighbours say nearly the same, so the points count for as many as independent ones would say as much, by the
 * residuals' correlation with their neighbours. Without that a sawtooth of garbage collections would pass for a slope.
 *
 * @see https://doi.org/10.1029/1999JD901105 Santer et al. 2000, equations 4 to 7
 */
export function trendOf(points: readonly Point[]): Trend {
  const count = points.length;
  const meanX = mean(points.map(({ minutes }) => minutes));
  const meanY = mean(points.map(({ value }) => value));
  const spread = sum(points.map(({ minutes }) => (minutes - meanX) ** 2));
  if (count < LEAST_INDEPENDENT || spread === 0) return { slope: 0, margin: Number.POSITIVE_INFINITY };
  const slope = sum(points.map(({ minutes, value }) => (minutes - meanX) * (value - meanY))) / spread;
  const residuals = points.map(({ minutes, value }) => value - meanY - slope * (minutes - meanX));
  const correlation = Math.max(0, neighbourCorrelation(residuals));
  const independent = Math.max(LEAST_INDEPENDENT, (count * (1 - correlation)) / (1 + correlation));
  const freedom = independent - 2;
  const variance = sum(residuals.map((residual) => residual ** 2)) / freedom;
  return { slope, margin: studentQuantile(freedom) * Math.sqrt(variance / spread) };
}

/** Whether a slope upwards is more than noise: all of what it may truly be is above zero. */
export function grows({ slope, margin }: Trend): boolean {
  return slope - margin > 0;
}

/** Between each residual and the next, -1 to 1; 0 when there is nothing to correlate. */
function neighbourCorrelation(residuals: readonly number[]): number {
  const variance = sum(residuals.map((residual) => residual ** 2));
  if (variance === 0) return 0;
  return sum(residuals.slice(1).map((residual, index) => residual * (residuals[index] ?? 0))) / variance;
}

/** 97.5 % of Student's distribution lie below, within 4 % from 2 degrees of freedom on. Cornish and Fisher's expansion. */
function studentQuantile(freedom: number): number {
  const z = 1.959964;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
