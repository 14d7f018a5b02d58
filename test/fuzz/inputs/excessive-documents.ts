/** Documents by kind of excessive nesting or repetition. Each function takes the number of repetitions. */
export const EXCESSIVE_DOCUMENTS = {
  'unclosed nested fields': (size) => times('{ a ', size),
  'nested fields': (size) => `${times('{ node ', size)}${times('}', size)}`,
  'nested list values': (size) => `{ nodes(ids: ${times('[', size)}${times(']', size)}) { id } }`,
  'nested object values': (size) => `{ node(id: ${times('{ a: ', size)}1${times('}', size)}) { id } }`,
  'a repeated field': (size) => `{ ${times('__typename ', size)} }`,
  'a repeated directive': (size) => `{ __typename ${times('@skip(if: false) ', size)} }`,
  'a repeated variable': (size) => `query (${times('$a: Int ', size)}) { __typename }`,
  'a nested list type': (size) => `query ($a: ${times('[', size)}Int${times(']', size)}) { __typename }`,
  'nested fragments': (size) => `{ ${times('... on Query { ', size)} __typename ${times('}', size)} }`,
  'fragments that each spread the next twice': (size) =>
    `{ ...F0 } ${Array.from({ length: Math.min(size, 2000) }, (_, at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`).join(' ')}`,
  'a long comment': (size) => times('#', size),
} satisfies Readonly<Record<string, (size: number) => string>>;

/** `unit` repeated `size` times, or as often as a request body has room for. */
function times(unit: string, size: number): string {
  return unit.repeat(Math.min(size, Math.floor(45_000 / unit.length)));
}
