/** Takes what a listener, a timer or a background task threw, and ends what it belongs to. Never throws. */
export type FaultHandler = (error: unknown) => void;

/**
 * Wraps a listener of an event emitter, an event target, a timer or a stream: Node ends the process for what it throws.
 *
 * @param listener may be asynchronous; a rejection is a fault too
 * @see test/guarded.test.ts, which finds listeners that are not wrapped
 */
export function guarded<Args extends unknown[]>(
  listener: (...args: Args) => unknown,
  failed: FaultHandler,
): (...args: Args) => void {
  return (...args) => {
    try {
      const result = listener(...args);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}

/** Lets a task go on without anybody who awaits it. Node ends the process for a rejection that nobody handles. */
export function inBackground(task: Promise<unknown>, failed: FaultHandler): void {
  task.catch(failed);
}
