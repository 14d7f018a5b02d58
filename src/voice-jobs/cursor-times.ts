import { LRUCache } from 'lru-cache';
import type { Anchor } from '../paging/cursor.ts';
import type { JobType } from '../upstream/ims.ts';

/** Cursors whose time is remembered. Past that, one more read may be needed to trust a page. */
const MAX_CURSORS = 10_000;

/**
 * When cursors had been made at the latest, in milliseconds of `performance.now()`. A cursor does not say so itself, because
 * the cursor of a row has to be the same whenever it is made.
 */
export class CursorTimes {
  readonly #times = new LRUCache<string, number>({ max: MAX_CURSORS });

  made(type: JobType, anchor: Anchor, at: number): void {
    const key = keyOf(type, anchor);
    if (!this.#times.has(key)) this.#times.set(key, at);
  }

  /** @param cameAt when the cursor came with a request; from then on, that is what is known of a new one */
  knownSince(type: JobType, anchor: Anchor, cameAt: number): number {
    const key = keyOf(type, anchor);
    const known = this.#times.get(key);
    if (known === undefined) this.#times.set(key, cameAt);
    return known ?? cameAt;
  }
}

function keyOf(type: JobType, { offset, total, key }: Anchor): string {
  return `${type}/${offset}/${total}/${key}`;
}
