let turn: Promise<void> | undefined;

/**
 * Resolves when this turn of the event loop is over: everything that had come from sockets has been worked on. What is
 * written then is written together. A client or a load balancer that was asleep is woken once for all of it, and the code
 * that makes answers is not pushed out of the processor's caches by the kernel's in between.
 */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  });
  return turn;
}
