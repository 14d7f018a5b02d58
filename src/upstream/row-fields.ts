import { objectOf } from '../foreign-values.ts';
import type { Observer } from '../observer.ts';
import type { WireRow } from './ims.ts';

/** The object and the id of a row; undefined, and reported to the observer, for a row without an id. */
export function readRow(
  entry: unknown,
  idField: string,
  observer: Observer,
): { readonly row: WireRow; readonly id: string } | undefined {
  const row = objectOf(entry);
  if (row === undefined) {
    observer.droppedRow('not an object', entry);
    return undefined;
  }
  const id = row[idField];
  if (typeof id === 'string' && id !== '') return { row, id };
  observer.droppedRow(`no ${idField}`, id);
  return undefined;
}

/** A text; null, and reported to the observer, for a value of another type. */
export function readText(row: WireRow, field: string, observer: Observer): string | null {
  const value = row[field];
  if (typeof value === 'string') return value;
  if (value !== undefined && value !== null) observer.malformedField(field, value);
  return null;
}

/**
 * A value of an enum; null, and reported to the observer, for a value outside of it. An empty text is how the upstream says that
 * an enum does not apply, as `Scenario` of Standard jobs.
 */
export function readEnum<Value extends string>(
  row: WireRow,
  field: string,
  values: readonly Value[],
  observer: Observer,
): Value | null {
  const value = readText(row, field, observer);
  if (value === null || value === '') return null;
  if ((values as readonly string[]).includes(value)) return value as Value;
  observer.unknownEnumValue(field, value);
  return null;
}

/** The fields of a row in the order of its compact form, each with the values of its enum where it has one. */
export type RowFields<Name extends string> = readonly (readonly [name: Name, values?: readonly unknown[]])[];

/** The compact form of a row, for Redis: texts as they are, enums as their index, null as null. */
export function compactRow<Name extends string>(
  fields: RowFields<Name>,
  row: { readonly [name in Name]: string | null },
): readonly (string | number | null)[] {
  return fields.map(([name, values]) => {
    const value = row[name];
    return value === null || values === undefined ? value : values.indexOf(value);
  });
}

/** The fields that {@link compactRow} wrote, not checked. @throws TypeError for what is no list */
export function expandRow<Name extends string>(
  fields: RowFields<Name>,
  compact: unknown,
): { readonly [name in Name]?: unknown } {
  if (!Array.isArray(compact)) throw new TypeError('no row');
  const entries = fields.map(([name, values], index) => {
    const value: unknown = compact[index];
    if (values === undefined || value === null) return [name, value] as const;
    return [name, typeof value === 'number' ? values[value] : undefined] as const;
  });
  return Object.fromEntries(entries) as { readonly [name in Name]?: unknown };
}
