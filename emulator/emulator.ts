import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BeforePage, PageHooks, RewritePage } from './actions.ts';
import { type Call, CallLog } from './calls.ts';
import { withFaultEndpoint } from './fault-endpoint.ts';
import { ActiveFaults, type Fault, type FaultLimits } from './faults.ts';
import type { JobRow, JobType } from './job.ts';
import { JobStore } from './job-store.ts';
import { Quota, type RetryHeader } from './quota.ts';
import { createRequestHandler, type HandlerParts, type Latency } from './request-handler.ts';
import type { ListState } from './row-list.ts';
import { type Credentials, SignatureVerifier } from './signature.ts';
import { type VoiceListState, type VoiceRow, VoiceStore } from './voice-store.ts';

/** Options of an emulator. */
export interface EmulatorOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** An IPv4 address or a host name. @default '127.0.0.1' */
  readonly host?: string;
  /** Initial number of jobs in the Basic list. @default 271 */
  readonly basicCount?: number;
  /** Initial number of jobs in the Standard list. @default 42 */
  readonly standardCount?: number;
  /** @default 'emulator-key-id' */
  readonly accessKeyId?: string;
  /** @default 'emulator-key-secret' */
  readonly accessKeySecret?: string;
  /** Makes the account an STS session: every request must carry this token. @default none */
  readonly securityToken?: string;
  /** How long an unfinished job stays in a state, in milliseconds; 0 for ever. @default 20000 */
  readonly stepMs?: number;
  /** How far the emulator's clock is ahead when it checks `x-acs-date`, in milliseconds. @default 0 */
  readonly clockSkewMs?: number;
  /** Disable for benchmarks: the log grows with every request. @default true */
  readonly recordCalls?: boolean;
  /** Adds and deletes jobs and their voices over time, see `Turnover`; needs a `stepMs` above 0. @default false */
  readonly demo?: boolean;
  /** Serves `/faults`, through which anybody who can reach the port can activate a fault. @default false */
  readonly control?: boolean;
}

/** A running emulator with its controls for tests. */
export interface Emulator extends Credentials {
  /** `http://host:port`, without a trailing slash. */
  readonly endpoint: string;

  /** The current rows in upstream order, for comparison with the gateway. Frozen; later changes do not affect them. */
  list(type: JobType): JobRow[];
  /** Inserts a new job at the top. `JobStore.insertMany` documents the defaults. */
  insert(type: JobType, partial?: Partial<JobRow>): JobRow;
  /** Inserts `count` new jobs at the top as one change; returns them in list order. */
  insertMany(type: JobType, count: number, partial?: Partial<JobRow>): JobRow[];
  /** Removes a job; its voice stays. Throws if there is no job with that id. */
  remove(jobId: string): void;
  /** Changes a job in place. A given Status stays as given. Throws if there is no job with that id. */
  change(jobId: string, partial: Partial<JobRow>): JobRow;
  /** Removes all jobs; their voices stay. */
  clear(type: JobType): void;
  /** Sets the list to exactly these rows in this order, valid or not. Their statuses stay as given. */
  replace(type: JobType, rows: readonly JobRow[]): void;
  /** All versions of the list since the start or `resetHistory`, oldest first. */
  history(type: JobType): ListState[];
  /** Forgets all versions of the lists of jobs and voices except the current ones. */
  resetHistory(): void;

  /** The current voices in upstream order, for comparison with the gateway. `VoiceStore` documents which voices exist. */
  voices(type: JobType): VoiceRow[];
  /**
   * Inserts a voice without a job, at index `at` of the list or at its sorted position; the VoiceId may exist already. Throws
   * a RangeError if `at` is beyond the end.
   */
  insertVoice(type: JobType, partial?: Partial<VoiceRow>, at?: number): VoiceRow;
  /** Inserts `count` voices as one change and returns them: consecutively from `at`, or at their sorted positions. */
  insertVoices(type: JobType, count: number, at?: number): VoiceRow[];
  /** Removes a voice; its jobs stay and do not recreate it. Throws if there is no voice with that id. */
  removeVoice(voiceId: string): void;
  /** Sets the list of voices to exactly these rows in this order, valid or not. */
  replaceVoices(type: JobType, rows: readonly VoiceRow[]): void;
  /** All versions of the list of voices since voices were first read or since `resetHistory`, oldest first. */
  voiceHistory(type: JobType): VoiceListState[];

  /**
   * Runs `hook` before each page of jobs or voices is cut; changes that it makes are in that page. Returns a function that
   * unsubscribes it.
   */
  beforePage(hook: BeforePage): () => void;
  /** Sets a hook that replaces the content of every ListCustomizedVoiceJobs response; null removes it. */
  rewritePage(hook: RewritePage | null): void;
  /** The same for ListCustomizedVoices. */
  rewriteVoicePage(hook: RewritePage<VoiceRow> | null): void;
  /** Delays every response, errors included. Data is read after the delay. */
  setLatencyMs(latencyMs: Latency): void;
  /** Limits the account's requests per second; null removes the limit. @default `x-acs-retry-after` */
  setQuota(requestsPerSecond: number | null, options?: { retryHeader?: RetryHeader }): void;
  /**
   * Activates a fault; returns a function that deactivates it. Faults apply only to requests that pass verification and
   * quota.
   */
  fault(fault: Fault, limits?: FaultLimits): () => void;
  clearFaults(): void;

  /** All received requests, rejected ones included; empty with `recordCalls: false`. */
  readonly calls: readonly Call[];
  /** Clears `calls` and restarts `maxInFlight`. */
  resetCalls(): void;
  /** Number of requests without a response yet. */
  readonly inFlight: number;
  readonly maxInFlight: number;

  /** Stops listening and destroys all open sockets; resolves when they are closed. Idempotent. */
  close(): Promise<void>;
}

/** Starts an emulator. Rejects if it cannot listen (for example EADDRINUSE). */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const host = options.host ?? '127.0.0.1';
  const credentials: Credentials = {
    accessKeyId: options.accessKeyId ?? 'emulator-key-id',
    accessKeySecret: options.accessKeySecret ?? 'emulator-key-secret',
    securityToken: options.securityToken ?? null,
  };
  const counts = { Basic: options.basicCount ?? 271, Standard: options.standardCount ?? 42 };
  const jobs = new JobStore(counts, options.stepMs ?? 20_000, options.demo);
  const voices = new VoiceStore(jobs);
  const faults = new ActiveFaults();
  const calls = new CallLog(options.recordCalls ?? true);
  const hooks: PageHooks = {
    before: new Set(),
    rewriteJobs: null,
    rewriteVoices: null,
  };
  const verifier = new SignatureVerifier(credentials, options.clockSkewMs ?? 0);
  const parts: HandlerParts = {
    account: { jobs, voices },
    verifier,
    faults,
    calls,
    hooks,
    latencyMs: 0,
    quota: null,
  };

  const handler = createRequestHandler(parts);
  const server = createServer(options.control ? withFaultEndpoint(faults, handler) : handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    ...credentials,
    endpoint: `http://${host}:${port}`,
    list: (type) => jobs.list(type),
    insert: (type, partial) => only(jobs.insertMany(type, 1, partial)),
    insertMany: (type, count, partial) => jobs.insertMany(type, count, partial),
    remove: (jobId) => jobs.remove(jobId),
    change: (jobId, partial) => jobs.change(jobId, partial),
    clear: (type) => jobs.replace(type, []),
    replace: (type, rows) => jobs.replace(type, rows),
    history: (type) => jobs.history(type),
    resetHistory() {
      jobs.resetHistory();
      voices.resetHistory();
    },
    voices: (type) => voices.list(type),
    insertVoice: (type, partial, at) => only(voices.insertMany(type, 1, partial, at)),
    insertVoices: (type, count, at) => voices.insertMany(type, count, {}, at),
    removeVoice: (voiceId) => voices.remove(voiceId),
    replaceVoices: (type, rows) => voices.replace(type, rows),
    voiceHistory: (type) => voices.history(type),
    beforePage(hook) {
      // Wrapped, so that a hook that is subscribed twice has two subscriptions.
      const subscription: BeforePage = (call) => hook(call);
      hooks.before.add(subscription);
      return () => void hooks.before.delete(subscription);
    },
    rewritePage(hook) {
      hooks.rewriteJobs = hook;
    },
    rewriteVoicePage(hook) {
      hooks.rewriteVoices = hook;
    },
    setLatencyMs(latencyMs) {
      parts.latencyMs = latencyMs;
    },
    setQuota(requestsPerSecond, { retryHeader = 'x-acs-retry-after' } = {}) {
      parts.quota = requestsPerSecond === null ? null : new Quota(requestsPerSecond, retryHeader);
    },
    fault: (fault, limits = {}) => faults.add(fault, limits),
    clearFaults: () => faults.clear(),
    get calls() {
      return calls.calls;
    },
    resetCalls: () => calls.reset(),
    get inFlight() {
      return calls.inFlight;
    },
    get maxInFlight() {
      return calls.maxInFlight;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new TypeError('expected one item, got none');
  return item;
}
