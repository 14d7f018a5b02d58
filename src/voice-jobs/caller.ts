/** Who waits for what a request reads. */
export interface Caller {
  /** Fires when nobody waits any more; then what is still being read is broken off. */
  readonly signal: AbortSignal;
}
