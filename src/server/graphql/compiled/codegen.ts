import type { Assemble } from './complete.ts';
import type { Field } from './field.ts';

/** A field of an object as it is to be written. */
export type Part =
  | { readonly key: string; readonly constant: string }
  | {
      readonly key: string;
      readonly constant?: undefined;
      readonly property: string;
      readonly resolve: Field['resolver'];
      /** Whether a string is used as it is. */
      readonly isText: boolean;
      readonly slot: ReturnType<Field['slot']>;
    };

/**
 * The code of an object. Written as text, because an object that is made in one piece, by code that knows its keys, is made
 * and serialised several times as fast as one that is put together by keys out of a list. Keys and names are names of
 * GraphQL and nothing else comes from outside.
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
