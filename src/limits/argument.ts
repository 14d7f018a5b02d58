import { type FieldNode, Kind, type OperationDefinitionNode, print, type ValueNode } from 'graphql';

/** What came with a request, as it came: not checked against the types of the operation. */
export type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** Reads what one run gives for an argument; undefined where it gives nothing. A list in the text comes as {@link Literal}. */
export type Argument = (variables: Variables) => unknown;

/** A list that is written in the document: how long it is, and its text. */
export class Literal {
  readonly length: number;
  readonly text: string;

  constructor(length: number, text: string) {
    this.length = length;
    this.text = text;
  }
}

/** Prepares an argument of a field: a value in the text, or a variable with its default. */
export function argumentOf(field: FieldNode, name: string, operation: OperationDefinitionNode): Argument {
  const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind !== Kind.VARIABLE) {
    const given = value && literalOf(value);
    return () => given;
  }
  const variable = value.name.value;
  const definition = operation.variableDefinitions?.find((one) => one.variable.name.value === variable);
  const byDefault = definition?.defaultValue && literalOf(definition.defaultValue);
  return (variables) =>
    variables !== null && variables !== undefined && Object.hasOwn(variables, variable)
      ? variables[variable]
      : byDefault;
}

function literalOf(node: ValueNode): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT: {
      const number = Number(node.value);
      // As an id it is a text, every digit of which counts.
      return Number.isSafeInteger(number) ? number : node.value;
    }
    case Kind.LIST:
      return new Literal(node.values.length, print(node));
    case Kind.STRING:
    case Kind.ENUM:
      return node.value;
    default:
      return print(node);
  }
}
