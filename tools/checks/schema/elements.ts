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

/** A named part of a schema. */
export interface Element {
  readonly kind: ElementKind;
  /** Where it is, from the type down: `Query.node.id`. A directive begins with `@`. */
  readonly path: string;
  readonly name: string;
  readonly description: string | null | undefined;
  /** Undefined when it is not deprecated. */
  readonly deprecationReason: string | null | undefined;
  /** Its name in the file. */
  readonly node: NameNode | undefined;
}

/** What GraphQL (`__Type`) and Federation (`_Entity`, `link__Import`) bring along; nobody here can name it otherwise. */
const FOREIGN = /^_|__/;

/** Every part that the authors of a schema named. */
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

/** What all named things of graphql-js have in common. */
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
