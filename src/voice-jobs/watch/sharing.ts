/** How the processes that look on jobs share the reading of them. */
export interface Sharing {
  /** Whether this process reads what is watched; where another does, its states come from there. */
  readonly isReader: boolean;
  /** Leaves the reading to others. */
  close(): Promise<void>;
}

/** The only process there is. */
export const ALONE: Sharing = { isReader: true, async close() {} };
