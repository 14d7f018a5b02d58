/**
 * Handles an error thrown by a listener, a timer or a background task, and ends the affected request or connection. Never
 * throws.
 */
export type FaultHandler = (error: unknown) => void;

/**
 * Wraps a listener of an event emitter, an event target, a timer or a stream, because an uncaught error ends the Node
 * process.
 *
 * @param listener may be asynchronous; a rejection counts as an error
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

/** Runs a task without awaiting it, and handles its rejection, because an unhandled one ends the Node process. */
export function inBackground(task: Promise<unknown>, failed: FaultHandler): void {
  task.catch(failed);
}
