import type { Assemble } from './complete.ts';
import type { Resolve, Slot } from './field.ts';

/** A field of an object as it is to be written. */
export type Part =
  | { readonly key: string; readonly constant: string }
  | {
      readonly key: string;
      readonly constant?: undefined;
      readonly property: string;
      readonly resolve: Resolve | undefined;
      /** Whether a string is used as it is. */
      readonly isText: boolean;
      readonly slot: Slot;
    };

/**
 * The code of an object. An object literal with known keys is made and serialised several times as fast as an object that is
 * filled from a list of keys. The code contains only names of GraphQL from outside.
 */
export function generateAssembler(parts: readonly Part[]): Assemble {
  const keys = parts.map(
    ({ key, constant }) => `${JSON.stringify(key)}: ${JSON.stringify(constant ?? null)}`,
  );
  const lines = parts.flatMap((part, index) => {
    if (part.constant !== undefined) return [];
    const place = `object[${JSON.stringify(part.key)}]`;
    const value = part.resolve
      ? `resolve${index}(source, run, path)`
      : `source[${JSON.stringify(part.property)}]`;
    const completed = `slot${index}(value, run, object, path)`;
    return [
      `value = ${value};`,
      `${place} = ${part.isText ? `typeof value === 'string' ? value : ${completed}` : completed};`,
    ];
  });
  const names = parts.flatMap((_, index) => [`resolve${index}`, `slot${index}`]);
  const values = parts.flatMap((part) =>
    part.constant === undefined ? [part.resolve, part.slot] : [undefined, undefined],
  );
  const text = `return function assemble(source, run, path) {
    let value;
    const object = { ${keys.join(', ')} };
    ${lines.join('\n    ')}
    return object;
  };`;
  return new Function(...names, text)(...values) as Assemble;
}
