/** Acts once for each key, and no more once there were `most` of them. */
export function onceEach(most: number): (key: string, act: () => void) => void {
  const seen = new Set<string>();
  return (key, act) => {
    if (seen.has(key) || seen.size >= most) return;
    seen.add(key);
    act();
  };
}
