import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BeforePage, PageHooks, RewritePage } from './actions.ts';
import { type Call, CallLog } from './calls.ts';
import { withControl } from './control.ts';
import { exchange, type Latency, type Parts } from './exchange.ts';
import { type Fault, FaultBoard, type FaultLimits } from './faults.ts';
import type { JobRow, JobType } from './job.ts';
import { JobStore } from './jobs.ts';
import type { ListState } from './list.ts';
import { Quota, type RetryHeader } from './quota.ts';
import { type Credentials, SignatureVerifier } from './signature.ts';
import { type VoiceListState, type VoiceRow, VoiceStore } from './voices.ts';

export interface EmulatorOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** An IPv4 address or a name. @default '127.0.0.1' */
  readonly host?: string;
  /** Jobs in the Basic list at start. @default 271 */
  readonly basicCount?: number;
  /** Jobs in the Standard list at start. @default 42 */
  readonly standardCount?: number;
  /** @default 'emulator-key-id' */
  readonly accessKeyId?: string;
  /** @default 'emulator-key-secret' */
  readonly accessKeySecret?: string;
  /** Makes the account an STS session: every request has to carry this token. @default none */
  readonly securityToken?: string;
  /** How long an unfinished job stays in a state, in ms; 0 for ever. @default 20000 */
  readonly stepMs?: number;
  /** How far the emulator's clock is ahead when it judges `x-acs-date`, in ms. @default 0 */
  readonly clockSkewMs?: number;
  /** Off for a benchmark: the record grows with every request. @default true */
  readonly recordCalls?: boolean;
  /** Lets jobs and their voices come and go by themselves, as `Turnover` says; needs a `stepMs` above 0. @default false */
  readonly demo?: boolean;
  /** Serves `/faults`, which lets anybody who reaches the port put a fault in force. @default false */
  readonly control?: boolean;
}

/** A running emulator, and every handle a test has on it. */
export interface Emulator extends Credentials {
  /** `http://host:port`, without a slash at the end. */
  readonly endpoint: string;

  /** The rows as they are now, in upstream order: the truth to compare with. Frozen; later changes do not reach it. */
  list(type: JobType): JobRow[];
  /** Puts a new job on top; see `JobStore.insertMany` for what it is like by default. */
  insert(type: JobType, partial?: Partial<JobRow>): JobRow;
  /** Puts `count` new jobs on top as one change and returns them in list order. */
  insertMany(type: JobType, count: number, partial?: Partial<JobRow>): JobRow[];
  /** Takes a job out; its voice stays. Throws if there is none with that id. */
  remove(jobId: string): void;
  /** Alters a job where it is. A Status given stays as given. Throws if there is none with that id. */
  change(jobId: string, partial: Partial<JobRow>): JobRow;
  /** Takes every job out; their voices stay. */
  clear(type: JobType): void;
  /** Makes the list exactly these rows in this order, sensible or not. Their statuses stay as given. */
  replace(type: JobType, rows: readonly JobRow[]): void;
  /** Every state the list has had since the start or since `resetHistory`, oldest first. */
  history(type: JobType): ListState[];
  /** Forgets all states but the present ones, of the lists of jobs and of voices. */
  resetHistory(): void;

  /** The voices as they are now, in upstream order: the truth to compare with. `VoiceStore` says which voices there are. */
  voices(type: JobType): VoiceRow[];
  /**
   * Inserts a voice that belongs to no job, at index `at` of the list or where a new voice goes; the VoiceId need not be new.
   * Throws a RangeError if `at` is beyond the end.
   */
  insertVoice(type: JobType, partial?: Partial<VoiceRow>, at?: number): VoiceRow;
  /** Inserts `count` voices as one change and returns them; with `at` one after the other from there, else all over the list. */
  insertVoices(type: JobType, count: number, at?: number): VoiceRow[];
  /** Takes a voice out; its jobs stay and do not bring it back. Throws if there is none with that id. */
  removeVoice(voiceId: string): void;
  /** Makes the list of voices exactly these rows in this order, sensible or not. */
  replaceVoices(type: JobType, rows: readonly VoiceRow[]): void;
  /** Every state the list of voices has had since voices were first read or since `resetHistory`, oldest first. */
  voiceHistory(type: JobType): VoiceListState[];

  /** Runs `hook` just before each page of jobs or voices is cut; what it changes is in that page. Returns what unsubscribes it. */
  beforePage(hook: BeforePage): () => void;
  /** Lets `hook` decide what every response of ListCustomizedVoiceJobs says; null for the truth. */
  rewritePage(hook: RewritePage | null): void;
  /** The same for ListCustomizedVoices. */
  rewriteVoicePage(hook: RewritePage<VoiceRow> | null): void;
  /** Holds every answer back, refusals included. Data is read after the wait, so it is fresh. */
  setLatencyMs(latencyMs: Latency): void;
  /** Limits the account's requests per second; null for no limit. @default `x-acs-retry-after` */
  setQuota(requestsPerSecond: number | null, options?: { retryHeader?: RetryHeader }): void;
  /** Puts a fault in force and returns what lifts it. Only requests that pass verification and quota are hit. */
  fault(fault: Fault, limits?: FaultLimits): () => void;
  clearFaults(): void;

  /** Every request received, refused ones included; empty with `recordCalls: false`. */
  readonly calls: readonly Call[];
  /** Forgets `calls` and starts `maxInFlight` anew. */
  resetCalls(): void;
  /** Requests received and not answered yet. */
  readonly inFlight: number;
  readonly maxInFlight: number;

  /** Stops listening and destroys every open socket; resolves when all are gone. May be called again. */
  close(): Promise<void>;
}

/** Starts an emulator; rejects if it can not listen (e.g. EADDRINUSE). */
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
  const faults = new FaultBoard();
  const calls = new CallLog(options.recordCalls ?? true);
  const hooks: PageHooks = {
    before: new Set(),
    rewriteJobs: null,
    rewriteVoices: null,
  };
  const verifier = new SignatureVerifier(credentials, options.clockSkewMs ?? 0);
  const parts: Parts = {
    account: { jobs, voices },
    verifier,
    faults,
    calls,
    hooks,
    latencyMs: 0,
    quota: null,
  };

  const answerCall = exchange(parts);
  const server = createServer(options.control ? withControl(faults, answerCall) : answerCall);
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
      // Wrapped, so that subscribing one hook twice makes two subscriptions.
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
    fault: (fault, limits = {}) => faults.place(fault, limits),
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
