import { type Change, ChangeType, CriticalityLevel, type Rule } from '@graphql-inspector/core';
import { type ConstDirectiveNode, type GraphQLSchema, isInterfaceType, isObjectType, print } from 'graphql';

/** Directives on which other subgraphs build, and what the loss of one does to them. */
const PROMISES: Record<string, string> = {
  key: 'Subgraphs that refer to the type by this key no longer compose.',
  shareable: 'Subgraphs that define the same field no longer compose.',
};

/** Directives that take something away, and what. */
const LIMITS: Record<string, string> = {
  inaccessible: 'It disappears from the API of the whole graph.',
};

const OF_OURS = new RegExp(`@(${[...Object.keys(PROMISES), ...Object.keys(LIMITS)].join('|')})(\\.|$)`);

/**
 * Says which federation directives break others. The comparison itself knows no directive's meaning: to it the loss of
 * a key is as dangerous as any, and another key is the old one with another argument.
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

/** Which directives stand where, as written, by the path of the type or field. */
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

/** The directives that only the one side has, on elements that both sides have. */
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
