import type { Assemble } from './complete.ts';
import type { Resolve, Slot } from './field.ts';

/** A field of an object, as input of the code generator. */
export type Part =
  | { readonly key: string; readonly constant: string }
  | {
      readonly key: string;
      readonly constant?: undefined;
      readonly property: string;
      readonly resolve: Resolve | undefined;
      /** Whether a string needs no completion. */
      readonly isText: boolean;
      readonly slot: Slot;
    };

/**
 * Generates a function that assembles an object. An object literal with known keys is created and serialised several times
 * faster than an object filled from a list of keys. The only external input in the code are GraphQL names.
 */
export function generateAssembler(parts: readonly Part[]): Assemble {
  const keys = parts.map(
    ({ key, constant }) => `${JSON.stringify(key)}: ${JSON.stringify(constant ?? null)}`,
  );
  const lines = parts.flatMap((part, index) => {
    if (part.constant !== undefined) return [];
    const target = `object[${JSON.stringify(part.key)}]`;
    const value = part.resolve
      ? `resolve${index}(source, run, path)`
      : `source[${JSON.stringify(part.property)}]`;
    const completed = `slot${index}(value, run, object, path)`;
    return [
      `value = ${value};`,
      `${target} = ${part.isText ? `typeof value === 'string' ? value : ${completed}` : completed};`,
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
