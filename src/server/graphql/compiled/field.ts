import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import type { Complete } from './complete.ts';
import { argumentsOf } from './inputs.ts';
import { Bailout, isPromise, type Path, type Run } from './run.ts';

/** A field of a query at one place of its selections. */
export interface Field {
  readonly key: string;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly parentType: GraphQLObjectType;
  /** All nodes of the document that select it. */
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
}

/** Calls the resolver of a field. @param parent path of the object that the field belongs to */
export type Resolve = (source: unknown, run: Run, parent: Path | undefined) => unknown;

/** Completes a value and stores it in an object of the response: now, or when its promise resolves. */
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

/** Returns undefined for a field without a resolver: its property is read. */
export function resolverOf(field: Field): Resolve | undefined {
  const { resolve } = field.definition;
  if (resolve === undefined) return undefined;
  const argumentValues = argumentsOf(field.definition, field.nodes[0]);
  return (source, run, parent) =>
    resolve(source, argumentValues(run.variables), run.context, infoAt(field, run, pathBelow(field, parent)));
}

/** @param isLeaf leaf values need no path */
export function slotOf(field: Field, complete: Complete, isLeaf: boolean): Slot {
  const completed = (value: unknown, run: Run, parent: Path | undefined) =>
    complete(value, run, isLeaf ? undefined : pathBelow(field, parent));
  return (value, run, into, parent) => {
    // graphql-js calls methods; compiled code leaves that to it.
    if (typeof value === 'function') throw new Bailout('value');
    if (!isPromise(value)) return completed(value, run, parent);
    run.later(value, (resolved) => {
      into[field.key] = completed(resolved, run, parent);
    });
    return null;
  };
}
