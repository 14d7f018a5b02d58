/**
 * The weight of one range in an Accept or Accept-Encoding header: 0 (not acceptable) to 1.
 *
 * @param parameters of the range, trimmed and in lower case, such as `q=0.5`
 * @returns 1 where there is no weight, or one that is no number
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
 */
export function qualityOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = weight === undefined || weight === '' ? 1 : Number(weight);
  return Number.isNaN(quality) ? 1 : Math.min(1, Math.max(0, quality));
}

/**
 * What the range of an Accept header with the highest weight means; of equal weights the first counts.
 *
 * @param meaningOf what a range means, by its type and parameters, in lower case and without white space; undefined where the
 *   gateway has nothing of the kind
 * @returns undefined where the header accepts nothing that the gateway has
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-accept
 */
export function preferredByAccept<Value>(
  accept: string,
  meaningOf: (type: string, parameters: readonly string[]) => Value | undefined,
): Value | undefined {
  let preferred: Value | undefined;
  let highest = 0;
  for (const range of accept.toLowerCase().replace(/\s/g, '').split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const value = meaningOf(type, parameters);
    const quality = qualityOf(parameters);
    if (value === undefined || quality <= highest) continue;
    preferred = value;
    highest = quality;
  }
  return preferred;
}

/** Headers whose reading is remembered of each function: clients send very few different ones, and short ones. */
const MAX_REMEMBERED = 100;
const MAX_REMEMBERED_LENGTH = 200;

/** A function of a header's value that remembers the results of the first short ones. */
export function rememberedHeader<Value>(read: (header: string) => Value): (header: string) => Value {
  const remembered = new Map<string, Value>();
  return (header) => {
    const known = remembered.get(header);
    if (known !== undefined || remembered.has(header)) return known as Value;
    const value = read(header);
    if (remembered.size < MAX_REMEMBERED && header.length <= MAX_REMEMBERED_LENGTH)
      remembered.set(header, value);
    return value;
  };
}
