import type { TraceParent } from './trace-context.ts';

/** Which requests are traced that do not come with a trace. */
type RootSampling = 'always_on' | 'always_off' | 'traceidratio';

/** What is traced. */
export interface Sampling {
  readonly root: RootSampling;
  /** Of traces, 0..1, where `root` is `traceidratio`. */
  readonly ratio: number;
  /** Whether a request that comes with a trace is traced when that is, and not otherwise. */
  readonly isParentBased: boolean;
}

/**
 * Samplers by the names that they have everywhere.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration
 */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** @param ratio of traces, 0..1 */
export function samplingOf(name: (typeof SAMPLERS)[number], ratio: number): Sampling {
  const root = name.replace(/^parentbased_/, '') as RootSampling;
  return { root, ratio, isParentBased: root !== name };
}

/** Everything, unless whoever began the trace decided otherwise. */
export const DEFAULT_SAMPLING: Sampling = samplingOf('parentbased_always_on', 1);

/**
 * The last 14 digits of a trace's id are random, in whatever program it began. Of those the first 13, which a number of
 * JavaScript holds exactly.
 */
const RANDOM = [-14, -1] as const;
const RANDOM_VALUES = 16 ** 13;

/**
 * Whether a trace is recorded. The same for one id in every process, so that a trace is recorded as a whole.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#traceidratiobased
 */
export function isSampled(
  { root, ratio, isParentBased }: Sampling,
  traceId: string,
  parent: TraceParent | undefined,
): boolean {
  if (isParentBased && parent !== undefined) return parent.isSampled;
  if (root !== 'traceidratio') return root === 'always_on';
  return Number.parseInt(traceId.slice(...RANDOM), 16) >= (1 - ratio) * RANDOM_VALUES;
}
