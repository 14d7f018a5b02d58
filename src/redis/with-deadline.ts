/** What became of something that was waited for. */
export type InTime<Value> =
  | { readonly kind: 'answer'; readonly value: Value }
  | { readonly kind: 'error'; readonly error: Error }
  | { readonly kind: 'too late' };

/**
 * Waits for an answer until a deadline. What came in while this process was busy is not too late: it is read before the
 * deadline is held against whoever had to answer.
 *
 * @param cameLate called when an answer, or an error, comes after all
 * @returns the outcome, and what ends the waiting as if the deadline had passed
 */
export function inTime<Value>(
  answer: Promise<Value>,
  deadlineMs: number,
  cameLate: () => void,
): { readonly outcome: Promise<InTime<Value>>; readonly giveUp: () => void } {
  let giveUp = () => {};
  const outcome = new Promise<InTime<Value>>((resolve) => {
    let isOver = false;
    const end = (result: InTime<Value>) => {
      if (isOver) {
        if (result.kind !== 'too late') cameLate();
        return;
      }
      isOver = true;
      clearTimeout(timer);
      resolve(result);
    };
    giveUp = () => end({ kind: 'too late' });
    const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
    answer.then(
      (value) => end({ kind: 'answer', value }),
      (error: Error) => end({ kind: 'error', error }),
    );
  });
  return { outcome, giveUp };
}
