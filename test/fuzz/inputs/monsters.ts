/** Ways to nest or repeat something far beyond what anybody would write; each takes how often. */
export const MONSTERS = {
  'fields in fields without an end': (size) => times('{ a ', size),
  'fields in fields': (size) => `${times('{ node ', size)}${times('}', size)}`,
  'lists in lists': (size) => `{ nodes(ids: ${times('[', size)}${times(']', size)}) { id } }`,
  'objects in objects': (size) => `{ node(id: ${times('{ a: ', size)}1${times('}', size)}) { id } }`,
  'a field again and again': (size) => `{ ${times('__typename ', size)} }`,
  'a directive again and again': (size) => `{ __typename ${times('@skip(if: false) ', size)} }`,
  'a variable again and again': (size) => `query (${times('$a: Int ', size)}) { __typename }`,
  'lists of lists as a type': (size) =>
    `query ($a: ${times('[', size)}Int${times(']', size)}) { __typename }`,
  'fragments in fragments': (size) => `{ ${times('... on Query { ', size)} __typename ${times('}', size)} }`,
  'fragments that spread each other': (size) =>
    `{ ...F0 } ${Array.from({ length: Math.min(size, 2000) }, (_, at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`).join(' ')}`,
  'a comment': (size) => times('#', size),
} satisfies Readonly<Record<string, (size: number) => string>>;

/** As often as a body has room for. */
function times(unit: string, size: number): string {
  return unit.repeat(Math.min(size, Math.floor(45_000 / unit.length)));
}
