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

/** Fragments of a document by name, without a prototype. Of two with the same name, which is invalid, the last one. */
export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

export function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  return fragments;
}

/** Field nodes by response key: the first one, then those that repeat it. */
export type FieldGroups = Map<string, [FieldNode, ...FieldNode[]]>;

/**
 * Flattens the selection sets of one object (CollectFields): fields in response order, fragments replaced by their
 * selections. Ignores directives. Requires a valid document.
 *
 * @param applies whether a fragment applies to the object; by default all do
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

/** Size of an operation with its fragments flattened. It is computed without flattening them, in linear time. */
export interface OperationSize {
  /** Levels of nested fields, without introspection. Fragments add no level. */
  readonly depth: number;
  /** Number of fields, introspection included; `Infinity` on overflow. */
  readonly fields: number;
  readonly rootFields: number;
}

const EMPTY: OperationSize = { depth: 0, fields: 0, rootFields: 0 };

/** Whether a field returns the schema, whose depth says nothing about the cost of an operation. */
export function isIntrospection(field: string): boolean {
  return field === '__schema' || field === '__type';
}

/** Computes sizes of a document's operations, each fragment once. A recursive spread counts as empty. */
export function operationSizes(fragments: Fragments): (operation: OperationDefinitionNode) => OperationSize {
  const sizes = new Map<FragmentDefinitionNode, OperationSize>();
  const sizeOfOne = (selection: SelectionNode): OperationSize => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return sizeOf(selection.selectionSet);
    if (selection.kind === Kind.FIELD) {
      const inner = selection.selectionSet ? sizeOf(selection.selectionSet) : EMPTY;
      const depth = isIntrospection(selection.name.value) ? 0 : inner.depth + 1;
      return { depth, fields: inner.fields + 1, rootFields: 1 };
    }
    const fragment = fragments[selection.name.value];
    if (fragment === undefined) return EMPTY;
    let size = sizes.get(fragment);
    if (size === undefined) {
      sizes.set(fragment, EMPTY);
      size = sizeOf(fragment.selectionSet);
      sizes.set(fragment, size);
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
