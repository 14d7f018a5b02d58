import type { MetricSet } from './metric-set.ts';

/** Redis, as the one who asks it knows it. */
export interface ShownRedis {
  readonly state: 'up' | 'away';
  /** What became of the commands so far. */
  readonly counts: Readonly<Record<'answered' | 'refused' | 'lost' | 'skipped', number>>;
  /** How often something was found that this program does not write, by kind. */
  readonly unreadable: ReadonlyMap<string, number>;
}

/** Shows how Redis is when the metrics are read. */
export function showRedis(metrics: MetricSet, redis: ShownRedis): void {
  metrics.gauge(
    'redis_up',
    '1 while Redis answers and runs the scripts, else 0: then this replica goes on by itself.',
    () => (redis.state === 'up' ? 1 : 0),
  );
  metrics.show(
    'counter',
    'redis_commands_total',
    'Commands by what became of them: answered, refused, lost on the way, or not sent because Redis was away.',
    ['outcome'],
    () => Object.entries(redis.counts).map(([outcome, times]) => ({ values: [outcome], times })),
  );
  metrics.show(
    'counter',
    'redis_unreadable_total',
    'Values, replies and messages by way of Redis that this program does not write, by kind; they are left out.',
    ['kind'],
    () => [...redis.unreadable].map(([kind, times]) => ({ values: [kind], times })),
  );
}
