/** Maximum number of cached results of each function: with their texts about 2 MB. */
const MAX_RESULTS = 10_000;

/** Memoizes a function of one text. Clears the cache when it is full, which is cheaper than tracking the least recently used. */
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

/** Memoizes an asynchronous function. A rejected result is dropped, so that the next call retries. */
export function memoizeAsync<Key, Value>(
  compute: (key: Key) => Promise<Value>,
): (key: Key) => Promise<Value> {
  const results = new Map<Key, Promise<Value>>();
  return (key) => {
    const known = results.get(key);
    if (known !== undefined) return known;
    const computed = compute(key);
    results.set(key, computed);
    computed.catch(() => results.delete(key));
    return computed;
  };
}

/** As {@link memoizeAsync}, for a function without arguments. */
export function once<Value>(compute: () => Promise<Value>): () => Promise<Value> {
  const memoized = memoizeAsync<undefined, Value>(compute);
  return () => memoized(undefined);
}
