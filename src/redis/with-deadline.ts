/** How waiting for a reply ended. */
export type DeadlineOutcome<Value> =
  | { readonly kind: 'reply'; readonly value: Value }
  | { readonly kind: 'error'; readonly error: Error }
  | { readonly kind: 'timeout' };

/**
 * Waits for a reply until a deadline. A reply that came in while this process was busy is in time: it is read before the
 * deadline counts.
 *
 * @param onLateReply called when a reply, or an error, comes after the deadline
 * @returns the outcome, and what ends the waiting as if the deadline had passed
 */
export function withDeadline<Value>(
  reply: Promise<Value>,
  deadlineMs: number,
  onLateReply: () => void,
): { readonly outcome: Promise<DeadlineOutcome<Value>>; readonly giveUp: () => void } {
  const { promise: outcome, resolve } = Promise.withResolvers<DeadlineOutcome<Value>>();
  let isOver = false;
  const end = (result: DeadlineOutcome<Value>) => {
    if (!isOver) resolve(result);
    else if (result.kind !== 'timeout') onLateReply();
    isOver = true;
    clearTimeout(timer);
  };
  const giveUp = () => end({ kind: 'timeout' });
  const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
  reply.then(
    (value) => end({ kind: 'reply', value }),
    (error: Error) => end({ kind: 'error', error }),
  );
  return { outcome, giveUp };
}
