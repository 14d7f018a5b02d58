import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import type { Complete } from './complete.ts';
import { argumentsOf } from './inputs.ts';
import { Bailout, isPromise, type Path, type Run } from './run.ts';

/** A field of a query, at its place in it. */
export interface Field {
  readonly key: string;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly parentType: GraphQLObjectType;
  /** Every place of the document that asks for it. */
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
}

/** Calls the resolver of a field. @param parent path of the object that the field belongs to */
export type Resolve = (source: unknown, run: Run, parent: Path | undefined) => unknown;

/** Puts a value into an object of the response, now or when it is there. */
export type Slot = (
  value: unknown,
  run: Run,
  into: Record<string, unknown>,
  parent: Path | undefined,
) => unknown;

function pathBelow({ key, parentType }: Field, parent: Path | undefined): Path {
  return { prev: parent, key, typename: parentType.name };
}

export function infoAt(field: Field, { prepared, variables }: Run, path: Path): GraphQLResolveInfo {
  const { definition, nodes, parentType } = field;
  return {
    fieldName: definition.name,
    fieldNodes: nodes,
    returnType: definition.type,
    parentType,
    path,
    schema: prepared.schema,
    fragments: prepared.fragments,
    rootValue: undefined,
    operation: prepared.operation,
    variableValues: variables,
  };
}

/** Undefined where a property is taken. */
export function resolverOf(field: Field): Resolve | undefined {
  const { resolve } = field.definition;
  if (resolve === undefined) return undefined;
  const given = argumentsOf(field.definition, field.nodes[0]);
  return (source, run, parent) =>
    resolve(source, given(run.variables), run.context, infoAt(field, run, pathBelow(field, parent)));
}

/** @param isLeaf needs no path for each row */
export function slotOf(field: Field, complete: Complete, isLeaf: boolean): Slot {
  const completed = (value: unknown, run: Run, parent: Path | undefined) =>
    complete(value, run, isLeaf ? undefined : pathBelow(field, parent));
  return (value, run, into, parent) => {
    // A property that is a method is called by graphql-js.
    if (typeof value === 'function') throw new Bailout('value');
    if (!isPromise(value)) return completed(value, run, parent);
    run.later(value, (there) => {
      into[field.key] = completed(there, run, parent);
    });
    return null;
  };
}
