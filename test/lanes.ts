import { availableParallelism } from 'node:os';

/**
 * The lanes of the test files. A file is listed in at most one of them; all that are not listed are integration tests, which
 * use sockets, processes, Redis or Chromium and run side by side.
 */

/** Tests without sockets, child processes or written files (test/unit-guard.ts throws on each), run side by side. */
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
  'test/live/{laws,plan,spare}.test.ts',
  'test/packaging/{kubernetes,network-policy}.test.ts',
  'test/paging/*.test.ts',
  'test/redis/redis-url.test.ts',
  'test/secrets/log.test.ts',
  'test/security/owasp.test.ts',
  'test/server/{client-address,poll-phase}.test.ts',
  'test/soak/{options,report,trend,verdict}.test.ts',
  'test/upstream/{adaptive-rate,call-scope,circuit-breaker,credential-cache,error-codes,hidden-quota,hystrix-circuit}.test.ts',
  'test/upstream/{latency-estimate,parse-response,rate-limiter-laws,rate-limiter,retry,sliding-window,socket-errors,standard-retry}.test.ts',
];

/**
 * Tests that measure elapsed time, quotas per second or killed processes: one file at a time, each named with its reason. In a
 * file, tests that mostly wait run concurrently; a test that measures load or the use of a quota runs alone.
 */
export const TIMING: readonly string[] = [
  // How much of a quota is used within seconds.
  'test/faults/hidden-quota.test.ts',
  // How long callers wait while the upstream is away, and probes of an open circuit, one a second.
  'test/faults/outage.test.ts',
  // Turns that come a second apart, and deadlines between them.
  'test/faults/queue.test.ts',
  // Calls of replicas in two seconds, and how soon a killed one is followed.
  'test/live/replicas.test.ts',
  // Calls of replicas under load as a multiple of one replica's, and killed processes.
  'test/redis/processes/processes.test.ts',
  // How much of a shared quota is used in a second.
  'test/redis/shared-quota.test.ts',
];

/** Tests of the examples that install packages of their own: `npm run test:examples`. */
export const EXAMPLES = [
  'test/examples/{apollo-react,relay,relay-live}.test.ts',
  'test/subgraph/{router,router-subscriptions}.test.ts',
];

export const EVERY_TEST = 'test/**/*.test.ts';

/** Test files that run at the same time, except in the timing lane: one more than there are cores, because tests also wait. */
export const WORKERS = availableParallelism() + 1;
