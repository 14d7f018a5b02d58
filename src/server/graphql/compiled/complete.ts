import {
  type GraphQLAbstractType,
  type GraphQLEnumType,
  type GraphQLLeafType,
  type GraphQLResolveInfo,
  isEnumType,
} from 'graphql';
import { Bailout, isPromise, type Path, type Run } from './run.ts';

/**
 * Completes a resolver's value for the response. Nested promises are replaced in place when they resolve.
 *
 * @param path of the value; used for objects and lists only
 * @throws anything for which graphql-js would report an error
 * @see https://spec.graphql.org/October2021/#CompleteValue()
 */
export type Complete = (value: unknown, run: Run, path: Path | undefined) => unknown;

export function nonNull(complete: Complete): Complete {
  return (value, run, path) => {
    const completed = complete(value, run, path);
    if (completed === null) throw new Bailout('null');
    return completed;
  };
}

export function leaf(type: GraphQLLeafType): Complete {
  if (isEnumType(type)) return enumValue(type);
  return (value) => {
    if (value === null || value === undefined) return null;
    const serialized = value instanceof Error ? null : type.serialize(value);
    if (serialized === null || serialized === undefined) throw new Bailout('value');
    return serialized;
  };
}

function enumValue(type: GraphQLEnumType): Complete {
  const names = new Map(type.getValues().map(({ name, value }) => [value as unknown, name]));
  return (value) => {
    const name = names.get(value);
    if (name !== undefined) return name;
    if (value === null || value === undefined) return null;
    throw new Bailout('value');
  };
}

export function listOf(item: Complete): Complete {
  return (value, run, path) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) throw new Bailout('value');
    const completed: unknown[] = [];
    let index = 0;
    try {
      for (; index < value.length; index++) completed.push(itemAt(value, index, completed, run, path));
    } catch (error) {
      // Handles rejections of later items: an unhandled one would end the process.
      for (const other of value.slice(index)) if (isPromise(other)) other.then(undefined, () => {});
      throw error;
    }
    return completed;
  };

  function itemAt(
    value: readonly unknown[],
    index: number,
    completed: unknown[],
    run: Run,
    path: Path | undefined,
  ): unknown {
    const itemPath = { prev: path, key: index, typename: undefined };
    const itemValue = value[index];
    if (!isPromise(itemValue)) return item(itemValue, run, itemPath);
    run.later(itemValue, (resolved) => {
      completed[index] = item(resolved, run, itemPath);
    });
    return null;
  }
}

/** Assembles an object of the response from a resolver's object. */
export type Assemble = (source: unknown, run: Run, path: Path | undefined) => Record<string, unknown>;

export function object(assemble: Assemble): Complete {
  return (value, run, path) => {
    if (value === null || value === undefined) return null;
    if (value instanceof Error) throw value;
    return assemble(value, run, path);
  };
}

/** Completes a value of an interface or union. @param assemblers by type name */
export function abstractType(
  type: GraphQLAbstractType,
  assemblers: ReadonlyMap<string, Assemble>,
  infoAt: (run: Run, path: Path | undefined) => GraphQLResolveInfo,
): Complete {
  return object((value, run, path) => {
    const name = type.resolveType?.(value, run.context, infoAt(run, path), type);
    const assemble = typeof name === 'string' ? assemblers.get(name) : undefined;
    if (assemble === undefined) throw new Bailout('value');
    return assemble(value, run, path);
  });
}
