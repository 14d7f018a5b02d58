import { createHash } from 'node:crypto';
import { type JobRow, type JobType, jobTypes } from './job.ts';
import type { JobStore } from './job-store.ts';
import { pick, randomJobId, randomStream } from './random.ts';
import { type Entry, type Page, RowList } from './row-list.ts';
import { documentedRow, documentedVoice, voiceIdStems } from './seed.ts';

/**
 * A voice exactly as the List action sends it, with the vendor's names and order of fields. Enum fields are strings, so that
 * a test may store values that the vendor does not document.
 *
 * Source: ListCustomizedVoices, response parameters (ICE 2020-11-09).
 */
export interface VoiceRow {
  /** At most 32 letters and digits. */
  readonly VoiceId: string;
  readonly VoiceName: string;
  readonly VoiceDesc: string;
  /** female | male. */
  readonly Gender: string;
  /** story | interaction | navigation, or empty. */
  readonly Scenario: string;
  /** 32 hexadecimal digits; empty for a voice without sample audio. */
  readonly DemoAudioMediaId: string;
  /** Type according to the row itself; the store decides in which list it is. */
  readonly Type: string;
}

/** A version of a list of voices. */
export interface VoiceListState {
  /** Number of changes. */
  readonly version: number;
  readonly voiceIds: readonly string[];
}

/**
 * All voices of the emulated account. No other code changes voices.
 *
 * A voice is created from a job when it succeeds, and shared by further jobs with the same VoiceId. It is deleted when a test
 * removes it, or when the demo deletes the last of its jobs. Lazy: each read or change of voices first applies the events of
 * jobs since the last one, so voices cost nothing until they are used.
 *
 * The vendor documents no order. Here a new voice is inserted before the first one with a greater VoiceId (by UTF-16 code
 * units): anywhere in the list, so that clients cannot rely on new rows being first or last.
 */
export class VoiceStore {
  readonly #jobs: JobStore;
  readonly #lists: Readonly<Record<JobType, RowList<VoiceRow>>>;
  readonly #random = randomStream(779);
  #inserted = 0;
  /** Whether voices have been read or changed. */
  #isUsed = false;

  constructor(jobs: JobStore) {
    this.#jobs = jobs;
    const emptyList = () => new RowList<VoiceRow>([], ({ VoiceId }) => VoiceId);
    this.#lists = { Basic: emptyList(), Standard: emptyList() };
  }

  /** The current rows. A snapshot: later changes do not affect it. */
  list(type: JobType): VoiceRow[] {
    const nowMs = Date.now();
    return this.#listAt(type, nowMs).rowsAt(nowMs);
  }

  /** Page `pageNo` (1-based). Beyond the end it is empty, with the correct total. */
  page(type: JobType, pageNo: number, pageSize: number): Page<VoiceRow> {
    const nowMs = Date.now();
    return this.#listAt(type, nowMs).pageAt(nowMs, pageNo, pageSize);
  }

  /** The voice with that id in either list. */
  find(voiceId: string): VoiceRow | undefined {
    const nowMs = Date.now();
    for (const type of jobTypes) {
      const entry = this.#listAt(type, nowMs).find(voiceId);
      if (entry) return entry.row;
    }
    return undefined;
  }

  /**
   * Generates `count` voices without jobs and inserts them as one change; returns them in list order.
   *
   * @param at index of the first one, followed by the others; by default each gets its sorted position
   * @throws RangeError if `at` is neither an index of the list nor its length
   */
  insertMany(type: JobType, count: number, partial: Partial<VoiceRow> = {}, at?: number): VoiceRow[] {
    const list = this.#listAt(type, Date.now());
    const { length } = list.entries;
    if (at !== undefined && !(Number.isInteger(at) && at >= 0 && at <= length))
      throw new RangeError(`at: got ${at}. Expected an index from 0 to ${length}.`);
    const added = sorted(Array.from({ length: count }, () => entryOf(this.#invent(type, partial))));
    const { entries } = list;
    list.become(
      at === undefined ? merged(entries, added) : [...entries.slice(0, at), ...added, ...entries.slice(at)],
    );
    return added.map(({ row }) => row);
  }

  /** Removes a voice from its list. Its jobs stay, and do not recreate it. Throws if there is no such voice. */
  remove(voiceId: string): void {
    const nowMs = Date.now();
    const list = jobTypes.map((type) => this.#listAt(type, nowMs)).find((each) => each.find(voiceId));
    if (list === undefined)
      throw new Error(`removeVoice: expected the id of a stored voice, got "${voiceId}"`);
    list.become(list.entries.filter(({ row }) => row.VoiceId !== voiceId));
  }

  /** Sets the list to exactly these rows in this order. */
  replace(type: JobType, rows: readonly VoiceRow[]): void {
    this.#listAt(type, Date.now()).become(rows.map((row) => entryOf({ ...row })));
  }

  /** All versions of the list since voices were first read or since `resetHistory`, see `RowList.history`. */
  history(type: JobType): VoiceListState[] {
    const list = this.#listAt(type, Date.now());
    return list.history().map(({ version, ids }) => ({ version, voiceIds: ids }));
  }

  /** Forgets all versions of both lists except the current ones. */
  resetHistory(): void {
    if (!this.#isUsed) return;
    for (const type of jobTypes) this.#listAt(type, Date.now()).forgetHistory();
  }

  /** The list after the job events until `nowMs`. */
  #listAt(type: JobType, nowMs: number): RowList<VoiceRow> {
    for (const each of jobTypes) this.#applyJobEvents(each, nowMs);
    if (!this.#isUsed) for (const each of jobTypes) this.#lists[each].forgetHistory();
    this.#isUsed = true;
    return this.#lists[type];
  }

  #applyJobEvents(type: JobType, nowMs: number): void {
    const { succeeded, deleted } = this.#jobs.drainEvents(type, nowMs);
    if (succeeded.length === 0 && deleted.length === 0) return;
    const list = this.#lists[type];
    const added = new Map<string, Entry<VoiceRow>>();
    for (const job of succeeded) {
      const { VoiceId } = job;
      // A VoiceId is unique per account: a job of the other list may have created this voice.
      const isNew = !added.has(VoiceId) && jobTypes.every((each) => !this.#lists[each].find(VoiceId));
      if (VoiceId && isNew) added.set(VoiceId, entryOf(voiceOf(job)));
    }
    if (added.size > 0) list.become(merged(list.entries, sorted([...added.values()])));
    if (deleted.length > 0) this.#removeVoicesOf(deleted, nowMs);
  }

  /**
   * Removes voices without a successful job. Only the demo deletes jobs; it keeps no old versions, so memory stays bounded.
   */
  #removeVoicesOf(deleted: readonly JobRow[], nowMs: number): void {
    const jobs = jobTypes.flatMap((type) => this.#jobs.list(type, nowMs));
    const used = new Set(jobs.filter(({ Status }) => Status === 'Success').map(({ VoiceId }) => VoiceId));
    const gone = new Set(deleted.map(({ VoiceId }) => VoiceId).filter((voiceId) => !used.has(voiceId)));
    for (const type of jobTypes) {
      const list = this.#lists[type];
      const left = list.entries.filter(({ row }) => !gone.has(row.VoiceId));
      if (left.length < list.entries.length) list.become(left);
      list.forgetHistory();
    }
  }

  #invent(type: JobType, partial: Partial<VoiceRow>): VoiceRow {
    this.#inserted += 1;
    return {
      // Stem and digits determine the sorted position: anywhere.
      VoiceId: `${pick(this.#random, voiceIdStems)}${randomJobId(this.#random).slice(0, 12)}`,
      VoiceName: `Added ${this.#inserted}`,
      VoiceDesc: '',
      Gender: 'female',
      Scenario: type === 'Basic' ? 'story' : '',
      DemoAudioMediaId: randomJobId(this.#random),
      Type: type,
      ...partial,
    };
  }
}

/** The voice that a job creates. The vendor's sample job creates its sample voice, whose fields differ from the job's. */
function voiceOf(job: JobRow): VoiceRow {
  const { VoiceId, VoiceName, VoiceDesc, Gender, Scenario, Type } = job;
  if (job.JobId === documentedRow.JobId && VoiceId === documentedVoice.VoiceId) return documentedVoice;
  const digest = createHash('sha256').update(VoiceId).digest('hex').slice(0, 32);
  // Sample audio is optional when a job is submitted: one voice in eight has none.
  const DemoAudioMediaId = digest < '2' ? '' : digest;
  return { VoiceId, VoiceName, VoiceDesc, Gender, Scenario, DemoAudioMediaId, Type };
}

function entryOf(row: VoiceRow): Entry<VoiceRow> {
  return { row: Object.freeze(row), json: null };
}

function sorted(entries: readonly Entry<VoiceRow>[]): Entry<VoiceRow>[] {
  return entries.toSorted(({ row: a }, { row: b }) =>
    a.VoiceId < b.VoiceId ? -1 : Number(a.VoiceId > b.VoiceId),
  );
}

/**
 * Inserts each entry of `added`, which is sorted, before the first one with a greater VoiceId. The order of the others stays.
 */
function merged(entries: readonly Entry<VoiceRow>[], added: readonly Entry<VoiceRow>[]): Entry<VoiceRow>[] {
  const result: Entry<VoiceRow>[] = [];
  let next = 0;
  for (const entry of entries) {
    for (let each = added[next]; each && each.row.VoiceId < entry.row.VoiceId; each = added[++next])
      result.push(each);
    result.push(entry);
  }
  return [...result, ...added.slice(next)];
}
