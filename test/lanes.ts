import { availableParallelism } from 'node:os';

/**
 * Lanes of the test files. A file is listed in at most one. Unlisted files are integration tests, which use sockets,
 * processes, Redis or Chromium and run in parallel.
 */

/** Tests without sockets, child processes and written files (test/unit-guard.ts throws on each), run in parallel. */
export const UNIT = [
  'test/auth/client.test.ts',
  'test/bench/{figures,options,scale-options,scaling-doc}.test.ts',
  'test/cache/{memoize,memory-store,single-flight}.test.ts',
  'test/compiled/compiled.test.ts',
  'test/console/{csv,filter-input,formats,job-counts,search-reader,steps}.test.ts',
  'test/console/list/list.property.test.ts',
  'test/docs.test.ts',
  'test/emulator/nonce-store.test.ts',
  'test/errors/documented.test.ts',
  'test/guarded.test.ts',
  'test/imports.test.ts',
  'test/lanes.test.ts',
  'test/limits/{cost,document-limits,documented}.test.ts',
  'test/live/{poll-plan,spare-calls,subscriber-queue}.test.ts',
  'test/packaging/{kubernetes,network-policy}.test.ts',
  'test/paging/*.test.ts',
  'test/redis/redis-url.test.ts',
  'test/secrets/log.test.ts',
  'test/security/owasp.test.ts',
  'test/server/{client-address,poll-phase}.test.ts',
  'test/soak/{options,report,trend,verdict}.test.ts',
  'test/upstream/{adaptive-rate,call-scope,circuit-breaker,credential-cache,error-codes,hidden-quota,hystrix-circuit}.test.ts',
  'test/upstream/{latency-estimate,parse-response,rate-limiter-properties,rate-limiter,retry-rules,sliding-window,socket-errors,standard-retry}.test.ts',
];

/**
 * Tests that measure elapsed time, quotas per second or killed processes: one file at a time, each with its reason. Tests of
 * a file that mostly wait run concurrently; tests that measure load or quota use run alone.
 */
export const TIMING: readonly string[] = [
  // Measures quota use within seconds.
  'test/faults/hidden-quota.test.ts',
  // Measures waits of callers during an outage, and one circuit breaker probe per second.
  'test/faults/outage.test.ts',
  // Measures calls one second apart, with deadlines in between.
  'test/faults/queue.test.ts',
  // Counts calls of replicas within two seconds, and measures the failover from a killed replica.
  'test/live/replicas.test.ts',
  // Compares calls of several replicas under load with those of one, and kills processes.
  'test/redis/processes/processes.test.ts',
  // Measures use of a shared quota within a second.
  'test/redis/shared-quota.test.ts',
];

/** Tests of examples with packages of their own: `npm run test:examples`. */
export const EXAMPLES = [
  'test/examples/{apollo-react,relay,relay-live}.test.ts',
  'test/subgraph/{router,router-subscriptions}.test.ts',
];

export const EVERY_TEST = 'test/**/*.test.ts';

/** Number of parallel test files, except in the timing lane: one more than cores, because tests also wait. */
export const WORKERS = availableParallelism() + 1;
