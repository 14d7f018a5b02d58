import type { Wish } from './watch-message.ts';

/** How long a wish holds that is not repeated, in milliseconds. Wishes are repeated every second. */
const WISH_MS = 3000;

/** Replicas that are read for at a time. */
const MAX_PEERS = 1000;

/** What the other replicas want to have read for them. */
export class Peers {
  readonly #wishes = new Map<string, { readonly jobIds: ReadonlySet<string>; readonly until: number }>();

  /** All jobs that any of them wants. */
  get wanted(): ReadonlySet<string> {
    const now = performance.now();
    const wanted = new Set<string>();
    for (const [peer, { jobIds, until }] of this.#wishes) {
      if (until < now) this.#wishes.delete(peer);
      else for (const jobId of jobIds) wanted.add(jobId);
    }
    return wanted;
  }

  /** @returns those that this one had not wanted before */
  wish({ from, jobIds }: Wish): string[] {
    const before = this.#wishes.get(from)?.jobIds;
    if (before === undefined && this.#wishes.size >= MAX_PEERS) return [];
    this.#wishes.set(from, { jobIds: new Set(jobIds), until: performance.now() + WISH_MS });
    return jobIds.filter((jobId) => !before?.has(jobId));
  }

  clear(): void {
    this.#wishes.clear();
  }
}
