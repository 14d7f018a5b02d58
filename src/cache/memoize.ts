/** Results that are remembered of each function. With their texts about 2 MB. */
const MAX_REMEMBERED = 10_000;

/**
 * A function of a text alone that remembers its results: the same ids and times are read again and again, whether pages are
 * kept or not. Forgets all of them when there are too many, which costs less than to know which are old.
 */
export function remembered<Value extends string | number | null>(
  compute: (text: string) => Value,
): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const value = known.get(text);
    if (value !== undefined) return value;
    const computed = compute(text);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(text, computed);
    return computed;
  };
}
