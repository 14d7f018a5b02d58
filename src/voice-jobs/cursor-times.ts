import { LRUCache } from 'lru-cache';
import { inBackground } from '../guarded.ts';
import type { Anchor } from '../paging/cursor.ts';
import type { JobType } from '../upstream/ims.ts';

/** Cursors whose time is remembered. Past that, one more read may be needed to trust a page. */
const MAX_CURSORS = 10_000;

/**
 * When cursors had been made at the latest, in milliseconds of `performance.now()`. A cursor does not say so itself, because
 * the cursor of a row has to be the same whenever it is made.
 */
export class CursorTimes {
  readonly #times = new LRUCache<string, number | Promise<number>>({ max: MAX_CURSORS });

  /**
   * Since when a cursor is known. The first time it is asked for, that is what `find` finds; all who ask meanwhile wait
   * for it.
   */
  knownSince(type: JobType, anchor: Anchor, find: () => number | Promise<number>): number | Promise<number> {
    const key = keyOfCursor(type, anchor);
    const known = this.#times.get(key);
    if (known !== undefined) return known;
    const found = find();
    this.#times.set(key, found);
    if (typeof found !== 'number') {
      const remember = found.then((since) => this.#times.set(key, since));
      // Whoever waits for it gets the error; whoever comes later tries again.
      inBackground(remember, () => {
        if (this.#times.peek(key) === found) this.#times.delete(key);
      });
    }
    return found;
  }
}

/** Tells cursors apart that stand for different places. */
export function keyOfCursor(type: JobType, { offset, total, key }: Anchor): string {
  return `${type}/${offset}/${total}/${key}`;
}
