import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import type { Fragments } from './fragments.ts';

/** Fields by the names under which they are answered. */
export type WrittenOut = ReadonlyMap<string, WrittenField>;

/** A field of an operation. */
export interface WrittenField {
  /** The field where it comes first; where it comes again, it has the same name and arguments. */
  readonly node: FieldNode;
  readonly fields: WrittenOut;
}

/**
 * A selection with its fragments written out and with what is asked for twice put together, as it is executed. Fragments
 * count whatever type they are for, and so does what `@skip` or `@include` may leave out: it is what an operation can ask
 * for at most.
 *
 * Only for documents that are valid and whose fields are few when written out.
 */
export function writeOut(selectionSet: SelectionSetNode, fragments: Fragments): WrittenOut {
  return merge([selectionSet], fragments);
}

function merge(sets: readonly SelectionSetNode[], fragments: Fragments): WrittenOut {
  const found = new Map<string, { readonly node: FieldNode; readonly sets: SelectionSetNode[] }>();
  for (const set of sets) {
    for (const node of fieldsIn(set, fragments)) {
      const key = (node.alias ?? node.name).value;
      const field = found.get(key) ?? { node, sets: [] };
      found.set(key, field);
      if (node.selectionSet !== undefined) field.sets.push(node.selectionSet);
    }
  }
  return new Map(
    [...found].map(([key, { node, sets }]) => [key, { node, fields: merge(sets, fragments) }] as const),
  );
}

function* fieldsIn({ selections }: SelectionSetNode, fragments: Fragments): Generator<FieldNode> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) yield selection;
    else {
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (fragment !== undefined) yield* fieldsIn(fragment.selectionSet, fragments);
    }
  }
}
