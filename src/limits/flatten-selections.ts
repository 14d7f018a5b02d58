import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** The fragments of a document by name, without a prototype. Of two with one name, which validation rejects, the last. */
export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

export function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  return fragments;
}

/** Nodes of the document by the key in the response for which they ask: the first of each, then those that repeat it. */
export type FieldGroups = Map<string, [FieldNode, ...FieldNode[]]>;

/**
 * Flattens selections that belong to one object: fields in the order of the response, fragments replaced by what they
 * select. Directives are left to the caller. Of valid documents only.
 *
 * @param applies whether a fragment is for this object; the default takes fragments of all types
 * @see https://spec.graphql.org/October2021/#CollectFields()
 */
export function flattenSelections(
  selectionSets: readonly SelectionSetNode[],
  fragments: Fragments,
  applies: (fragment: FragmentDefinitionNode | InlineFragmentNode) => boolean = () => true,
): FieldGroups {
  const groups: FieldGroups = new Map();
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [selection]);
        else group.push(selection);
        continue;
      }
      let fragment: FragmentDefinitionNode | InlineFragmentNode | undefined = selection as InlineFragmentNode;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        if (spread.has(name)) continue;
        spread.add(name);
        fragment = fragments[name];
      }
      if (fragment !== undefined && applies(fragment)) collect(fragment.selectionSet);
    }
  };
  for (const selectionSet of selectionSets) collect(selectionSet);
  return groups;
}

export function selectionSetsOf(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
}

/** Size of an operation with its fragments flattened, but counted without flattening them: linear for any document. */
export interface OperationSize {
  /** Nesting of fields. Fragments add no level; introspection is not counted. */
  readonly depth: number;
  /** Fields, introspection included; `Infinity` where fragments double that often. */
  readonly fields: number;
  readonly rootFields: number;
}

const EMPTY: OperationSize = { depth: 0, fields: 0, rootFields: 0 };

/** Whether a field returns the schema, whose depth says nothing about what an operation costs. */
export function isIntrospection(field: string): boolean {
  return field === '__schema' || field === '__type';
}

/** Measures operations of one document, each fragment once. A fragment that spreads itself counts as empty there. */
export function operationSizes(fragments: Fragments): (operation: OperationDefinitionNode) => OperationSize {
  const known = new Map<FragmentDefinitionNode, OperationSize>();
  const sizeOfOne = (selection: SelectionNode): OperationSize => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return sizeOf(selection.selectionSet);
    if (selection.kind === Kind.FIELD) {
      const inner = selection.selectionSet ? sizeOf(selection.selectionSet) : EMPTY;
      const depth = isIntrospection(selection.name.value) ? 0 : inner.depth + 1;
      return { depth, fields: inner.fields + 1, rootFields: 1 };
    }
    const fragment = fragments[selection.name.value];
    if (fragment === undefined) return EMPTY;
    let size = known.get(fragment);
    if (size === undefined) {
      known.set(fragment, EMPTY);
      size = sizeOf(fragment.selectionSet);
      known.set(fragment, size);
    }
    return size;
  };
  const sizeOf = ({ selections }: SelectionSetNode): OperationSize => {
    let { depth, fields, rootFields } = EMPTY;
    for (const selection of selections) {
      const size = sizeOfOne(selection);
      depth = Math.max(depth, size.depth);
      fields += size.fields;
      rootFields += size.rootFields;
    }
    return { depth, fields, rootFields };
  };
  return ({ selectionSet }) => sizeOf(selectionSet);
}
