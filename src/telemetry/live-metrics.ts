import type { Logger } from 'pino';
import type { Observer } from '../observer.ts';
import type { MetricSet } from './metric-set.ts';

type LiveObserver = Pick<
  Observer,
  'followed' | 'polled' | 'pollsSkipped' | 'pollingPaused' | 'pollingResumed'
>;

/** Counts and logs how watched jobs are looked at. */
export function observeLive(metrics: MetricSet, log: Logger): LiveObserver {
  let open = 0;
  let isPaused = false;
  metrics.gauge('graphql_subscriptions', 'Subscriptions that are open.', () => open);
  metrics.gauge('live_paused', '1 while watched jobs cannot be read, else 0.', () => Number(isPaused));
  const polls = metrics.counter('live_polls_total', 'Upstream calls for jobs that subscriptions watch.');
  const skipped = metrics.counter(
    'live_polls_skipped_total',
    'Such calls that were put off because callers needed the quota.',
  );

  return {
    followed(change) {
      open += change;
    },
    polled(calls) {
      polls.add([], calls);
    },
    pollsSkipped(calls) {
      skipped.add([], calls);
    },
    pollingPaused(error) {
      isPaused = true;
      log.warn({ err: error }, 'watched jobs cannot be read; their streams stand still');
    },
    pollingResumed() {
      isPaused = false;
      log.info('watched jobs can be read again');
    },
  };
}
