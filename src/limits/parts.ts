import { type DefinitionNode, type DocumentNode, Kind, type SelectionSetNode } from 'graphql';

/** How often a document has what makes validating it expensive; as it is written, fragments not written out. */
export interface Parts {
  aliases: number;
  fragmentSpreads: number;
  directives: number;
  /** Directives at the place that has most. */
  directivesAtOnePlace: number;
  /** Fields whose name, or alias, the same selection has already. */
  repeatedFields: number;
}

/** Counts in one pass. Calls itself for each level, of which the tokens allow no more than a stack holds. */
export function partsOf({ definitions }: DocumentNode): Parts {
  const parts: Parts = {
    aliases: 0,
    fragmentSpreads: 0,
    directives: 0,
    directivesAtOnePlace: 0,
    repeatedFields: 0,
  };
  for (const definition of definitions) countDefinition(definition, parts);
  return parts;
}

function countDefinition(definition: DefinitionNode, parts: Parts): void {
  if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) return;
  countDirectives(definition, parts);
  for (const variable of definition.variableDefinitions ?? []) countDirectives(variable, parts);
  countSelections(definition.selectionSet, new Set(), parts);
}

function countDirectives(at: { readonly directives?: readonly unknown[] | undefined }, parts: Parts): void {
  const count = at.directives?.length ?? 0;
  parts.directives += count;
  parts.directivesAtOnePlace = Math.max(parts.directivesAtOnePlace, count);
}

/** @param names what the selection has so far; that of an inline fragment is part of the one around it */
function countSelections({ selections }: SelectionSetNode, names: Set<string>, parts: Parts): void {
  for (const selection of selections) {
    countDirectives(selection, parts);
    if (selection.kind === Kind.FRAGMENT_SPREAD) parts.fragmentSpreads++;
    else if (selection.kind === Kind.INLINE_FRAGMENT) countSelections(selection.selectionSet, names, parts);
    else {
      const { alias, name, selectionSet } = selection;
      if (alias !== undefined) parts.aliases++;
      const key = (alias ?? name).value;
      if (names.has(key)) parts.repeatedFields++;
      names.add(key);
      if (selectionSet !== undefined) countSelections(selectionSet, new Set(), parts);
    }
  }
}
