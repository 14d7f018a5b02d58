/** Largest number of these times within any window of this length; both in milliseconds. */
export function mostAtOnce(times: readonly number[], lengthMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let [most, start] = [0, 0];
  for (const [index, at] of sorted.entries()) {
    while ((sorted[start] as number) <= at - lengthMs) start++;
    most = Math.max(most, index - start + 1);
  }
  return most;
}
