import { type Change, ChangeType, CriticalityLevel, type Rule } from '@graphql-inspector/core';
import { type ConstDirectiveNode, type GraphQLSchema, isInterfaceType, isObjectType, print } from 'graphql';

/** Directives on which other subgraphs rely, with the consequence of a removal. */
const PROMISES: Record<string, string> = {
  key: 'Subgraphs that refer to the type by this key no longer compose.',
  shareable: 'Subgraphs that define the same field no longer compose.',
};

/** Directives that restrict, with the consequence of an addition. */
const LIMITS: Record<string, string> = {
  inaccessible: 'It disappears from the API of the whole graph.',
};

const OF_OURS = new RegExp(`@(${[...Object.keys(PROMISES), ...Object.keys(LIMITS)].join('|')})(\\.|$)`);

/**
 * Determines which changes of federation directives break other subgraphs. The generic comparison does not know their
 * meaning: it considers the removal of any directive equally dangerous, and a different key a changed argument.
 */
export const federationRule: Rule = ({ changes, oldSchema, newSchema }) => {
  if (oldSchema === null || newSchema === null) return changes;
  const before = directivesOf(oldSchema);
  const after = directivesOf(newSchema);
  return [
    ...changes.filter(({ path, type }) => !(type.startsWith('DIRECTIVE_USAGE_') && OF_OURS.test(path ?? ''))),
    ...differences(before, after, PROMISES, 'was removed'),
    ...differences(after, before, LIMITS, 'was added'),
  ];
};

/** Directives of each type or field by their printed form. */
type Directives = Map<string, Map<string, ConstDirectiveNode>>;

function directivesOf(schema: GraphQLSchema): Directives {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) || isInterfaceType(type),
  );
  const elements = types.flatMap((type) => [
    { path: type.name, nodes: [type.astNode, ...type.extensionASTNodes] },
    ...Object.values(type.getFields()).map((field) => ({
      path: `${type.name}.${field.name}`,
      nodes: [field.astNode],
    })),
  ]);
  return new Map(
    elements.map(({ path, nodes }) => {
      const directives = nodes.flatMap((node) => node?.directives ?? []);
      return [path, new Map(directives.map((directive) => [print(directive), directive]))];
    }),
  );
}

/** Directives that only one side has, on elements that both sides have. */
function differences(one: Directives, other: Directives, reasons: Record<string, string>, verb: string) {
  return [...one].flatMap(([path, directives]) =>
    [...directives]
      .filter(([text, { name }]) => name.value in reasons && other.get(path)?.has(text) === false)
      .map(([text, { name }]): Change => {
        const type = ChangeType.DirectiveUsageObjectRemoved;
        const criticality = { level: CriticalityLevel.Breaking, reason: reasons[name.value] ?? '' };
        return { type, path: `${path}.@${name.value}`, message: `${text} ${verb}`, meta: {}, criticality };
      }),
  );
}
