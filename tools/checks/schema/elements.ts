import {
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  type NameNode,
} from 'graphql';

export type ElementKind = 'type' | 'field' | 'argument' | 'input field' | 'enum value' | 'directive';

/** A named element of a schema. */
export interface Element {
  readonly kind: ElementKind;
  /** Path from the type, as in `Query.node.id`. A directive begins with `@`. */
  readonly path: string;
  readonly name: string;
  readonly description: string | null | undefined;
  /** Undefined if it is not deprecated. */
  readonly deprecationReason: string | null | undefined;
  /** Name node in the file. */
  readonly node: NameNode | undefined;
}

/** Names from GraphQL (`__Type`) and Federation (`_Entity`, `link__Import`), which this project does not choose. */
const FOREIGN = /^_|__/;

/** All elements named by the authors of a schema. */
export function elementsOf(schema: GraphQLSchema): Element[] {
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !FOREIGN.test(type.name) && !isSpecifiedScalarType(type))
    .flatMap((type) => [toElement('type', '', type), ...partsOf(type)]);
  const directives = schema
    .getDirectives()
    .filter((directive) => !FOREIGN.test(directive.name) && !isSpecifiedDirective(directive))
    .flatMap((directive) => [toElement('directive', '@', directive), ...argumentsOf('@', directive)]);
  return [...types, ...directives];
}

function partsOf(type: GraphQLNamedType): Element[] {
  const prefix = `${type.name}.`;
  if (isEnumType(type)) return type.getValues().map((value) => toElement('enum value', prefix, value));
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => toElement('input field', prefix, field));
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields())
    .filter((field) => !FOREIGN.test(field.name))
    .flatMap((field) => [toElement('field', prefix, field), ...argumentsOf(prefix, field)]);
}

function argumentsOf(prefix: string, owner: { name: string; args: readonly GraphQLArgument[] }): Element[] {
  return owner.args.map((argument) => toElement('argument', `${prefix}${owner.name}.`, argument));
}

/** Common properties of named elements in graphql-js. */
interface Named {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly deprecationReason?: string | null | undefined;
  readonly astNode?: { readonly name: NameNode } | null | undefined;
}

function toElement(kind: ElementKind, prefix: string, named: Named): Element {
  const { name, description, deprecationReason, astNode } = named;
  return { kind, path: prefix + name, name, description, deprecationReason, node: astNode?.name };
}
