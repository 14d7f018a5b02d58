import type { LabelledCount } from '../telemetry/metric-set.ts';

/** Requests that are alike. */
export interface RequestCount {
  readonly path: string;
  /** 0 when the caller left before an answer began. */
  readonly status: number;
  readonly client: string;
  times: number;
}

/** Clients of tokens that have a series of their own in the metrics; further ones share `other`. */
export const MAX_TOKEN_CLIENTS = 100;

/** Stands for callers without a name. */
const ANONYMOUS = 'anonymous';
const OTHER = 'other';

/** How often each client got which status at which path, in plain numbers; as many as the labels have values, at most. */
export class RequestCounts {
  readonly #byClient = new Map<string, Map<string, Map<number, RequestCount>>>();
  readonly #paths: ReadonlySet<string>;
  readonly #maxClients: number;

  /**
   * @param paths those that are counted by their name; others are `other`
   * @param clients names of clients that are known beforehand
   */
  constructor(paths: Iterable<string>, clients: Iterable<string>) {
    this.#paths = new Set(paths);
    for (const client of [ANONYMOUS, OTHER, ...clients]) this.#byClient.set(client, new Map());
    this.#maxClients = this.#byClient.size + MAX_TOKEN_CLIENTS;
  }

  /** @param status 0 when the caller left before an answer began */
  add(path: string, status: number, client = ANONYMOUS): void {
    const knownClient = this.#byClient.has(client) || this.#byClient.size < this.#maxClients ? client : OTHER;
    const knownPath = this.#paths.has(path) ? path : OTHER;
    const byStatus = at(at(this.#byClient, knownClient), knownPath);
    const count = byStatus.get(status);
    if (count !== undefined) count.times++;
    else byStatus.set(status, { path: knownPath, status, client: knownClient, times: 1 });
  }

  *[Symbol.iterator](): Iterator<RequestCount> {
    for (const byPath of this.#byClient.values())
      for (const byStatus of byPath.values()) yield* byStatus.values();
  }

  /** As values of the labels `path`, `status` and `client`. */
  *shown(): Iterable<LabelledCount> {
    for (const { path, status, client, times } of this)
      yield { values: [path, status === 0 ? 'none' : String(status), client], times };
  }
}

function at<Key, InnerKey, Value>(map: Map<Key, Map<InnerKey, Value>>, key: Key): Map<InnerKey, Value> {
  let found = map.get(key);
  if (found === undefined) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}
