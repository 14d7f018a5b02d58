/** Results that are kept of each function. With their texts about 2 MB. */
const MAX_RESULTS = 10_000;

/** Caches the results of a function of one text. Drops all of them when there are too many, which is cheaper than an order of use. */
export function memoize<Value extends string | number | null>(
  compute: (text: string) => Value,
): (text: string) => Value {
  const results = new Map<string, Value>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined) return known;
    const computed = compute(text);
    if (results.size >= MAX_RESULTS) results.clear();
    results.set(text, computed);
    return computed;
  };
}

/** Makes each value at the first call for it and keeps it, except that what failed is tried again at the next call. */
export function memoizeAsync<Key, Value>(make: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const kept = new Map<Key, Promise<Value>>();
  return (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = make(key);
    kept.set(key, made);
    made.catch(() => kept.delete(key));
    return made;
  };
}

/** As {@link memoizeAsync}, for one value. */
export function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  const kept = memoizeAsync<undefined, Value>(make);
  return () => kept(undefined);
}
