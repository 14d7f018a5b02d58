import { type FragmentDefinitionNode, Kind, type OperationDefinitionNode, type SelectionNode } from 'graphql';
import type { Fragments } from './fragments.ts';

/** How large an operation is with its fragments written out. Counted without writing them out, so never too large to do. */
export interface Extent {
  /** How deep fields lie in each other. Fragments are no level, and introspection is not counted. */
  readonly depth: number;
  /** Fields, introspection included; `Infinity` where fragments double that often. */
  readonly fields: number;
  /** Fields of the operation's own selection. */
  readonly rootFields: number;
}

const NOTHING: Extent = { depth: 0, fields: 0, rootFields: 0 };

/** Asks for the schema, whose depth says nothing about what an operation costs. */
export function isIntrospection(field: string): boolean {
  return field === '__schema' || field === '__type';
}

/** Measures operations of one document; each of its fragments once. */
export class ExtentMeter {
  readonly #fragments: Fragments;
  readonly #known = new Map<FragmentDefinitionNode, Extent>();

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  /** A fragment that leads back into itself counts as empty there: validation refuses it. */
  of({ selectionSet }: OperationDefinitionNode): Extent {
    return this.#ofAll(selectionSet.selections);
  }

  #ofAll(selections: readonly SelectionNode[]): Extent {
    let depth = 0;
    let fields = 0;
    let rootFields = 0;
    for (const selection of selections) {
      const extent = this.#ofOne(selection);
      depth = Math.max(depth, extent.depth);
      fields += extent.fields;
      rootFields += extent.rootFields;
    }
    return { depth, fields, rootFields };
  }

  #ofOne(selection: SelectionNode): Extent {
    switch (selection.kind) {
      case Kind.FIELD: {
        const inner = selection.selectionSet ? this.#ofAll(selection.selectionSet.selections) : NOTHING;
        const depth = isIntrospection(selection.name.value) ? 0 : inner.depth + 1;
        return { depth, fields: inner.fields + 1, rootFields: 1 };
      }
      case Kind.INLINE_FRAGMENT:
        return this.#ofAll(selection.selectionSet.selections);
      case Kind.FRAGMENT_SPREAD: {
        const fragment = this.#fragments.get(selection.name.value);
        return fragment === undefined ? NOTHING : this.#ofFragment(fragment);
      }
    }
  }

  #ofFragment(fragment: FragmentDefinitionNode): Extent {
    const known = this.#known.get(fragment);
    if (known !== undefined) return known;
    this.#known.set(fragment, NOTHING);
    const extent = this.#ofAll(fragment.selectionSet.selections);
    this.#known.set(fragment, extent);
    return extent;
  }
}
