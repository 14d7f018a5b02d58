import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import type { Complete } from './complete.ts';
import { argumentsOf } from './inputs.ts';
import { Bailout, isPromise, type Path, type Run } from './run.ts';

/** A field of a query, at its place in it. */
export class Field {
  readonly key: string;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly parentType: GraphQLObjectType;
  /** Every place of the document that asks for it. */
  readonly nodes: readonly [FieldNode, ...FieldNode[]];

  constructor(
    key: string,
    definition: GraphQLField<unknown, unknown>,
    parentType: GraphQLObjectType,
    nodes: readonly [FieldNode, ...FieldNode[]],
  ) {
    this.key = key;
    this.definition = definition;
    this.parentType = parentType;
    this.nodes = nodes;
  }

  /** @param parent path of the object that it belongs to */
  pathBelow(parent: Path | undefined): Path {
    return { prev: parent, key: this.key, typename: this.parentType.name };
  }

  infoAt(run: Run, path: Path): GraphQLResolveInfo {
    const { schema, operation, fragments } = run.prepared;
    return {
      fieldName: this.definition.name,
      fieldNodes: this.nodes,
      returnType: this.definition.type,
      parentType: this.parentType,
      path,
      schema,
      fragments,
      rootValue: undefined,
      operation,
      variableValues: run.variables,
    };
  }

  /** What calls its resolver; undefined where a property is taken. */
  get resolver(): ((source: unknown, run: Run, parent: Path | undefined) => unknown) | undefined {
    const { resolve } = this.definition;
    if (resolve === undefined) return undefined;
    const given = argumentsOf(this.definition, this.nodes[0]);
    return (source, run, parent) =>
      resolve(source, given(run.variables), run.context, this.infoAt(run, this.pathBelow(parent)));
  }

  /** Puts a value into an object of the response, now or when it is there. @param isLeaf needs no path for each row */
  slot(
    complete: Complete,
    isLeaf: boolean,
  ): (value: unknown, run: Run, into: Record<string, unknown>, parent: Path | undefined) => unknown {
    const completed = (value: unknown, run: Run, parent: Path | undefined) =>
      complete(value, run, isLeaf ? undefined : this.pathBelow(parent));
    return (value, run, into, parent) => {
      // A property that is a method is called by graphql-js.
      if (typeof value === 'function') throw new Bailout('value');
      if (!isPromise(value)) return completed(value, run, parent);
      run.later(value, (there) => {
        into[this.key] = completed(there, run, parent);
      });
      return null;
    };
  }
}
