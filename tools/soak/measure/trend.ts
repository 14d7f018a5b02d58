/** A value at a point in time. */
export interface Point {
  readonly minutes: number;
  readonly value: number;
}

/** Slope of a value, in its unit per minute. */
export interface Trend {
  readonly slope: number;
  /** With 95 % confidence, the true slope is within `slope ± margin`; Infinity without enough points. */
  readonly margin: number;
}

/**
 * Minimum effective sample size. A curved series (a heap that settles) would have nearly none by its autocorrelation alone,
 * and then growth could not be distinguished from noise.
 */
const LEAST_INDEPENDENT = 4;

/**
 * Slope of a least squares line, with its confidence. Memory samples are autocorrelated: their effective number is smaller,
 * by the lag-1 autocorrelation of the residuals. Without this correction, a sawtooth of garbage collections would be taken
 * for a slope.
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

/** Whether a positive slope is significant: the whole confidence interval is above zero. */
export function grows({ slope, margin }: Trend): boolean {
  return slope - margin > 0;
}

/** Lag-1 autocorrelation of the residuals, -1 to 1; 0 if it is undefined. */
function neighbourCorrelation(residuals: readonly number[]): number {
  const variance = sum(residuals.map((residual) => residual ** 2));
  if (variance === 0) return 0;
  return sum(residuals.slice(1).map((residual, index) => residual * (residuals[index] ?? 0))) / variance;
}

/** The 97.5 % quantile of Student's t distribution, within 4 % from 2 degrees of freedom on. Cornish-Fisher expansion. */
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
