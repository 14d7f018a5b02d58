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

/** The text of an enum's field, reported to the observer where the enum lacks it; an empty one says that the enum does not apply, as `Scenario` of Standard jobs. */
export function readEnumText(
  row: WireRow,
  field: string,
  values: readonly string[],
  observer: Observer,
): string | null {
  const text = readText(row, field, observer);
  if (text && !values.includes(text)) observer.unknownEnumValue(field, text);
  return text;
}

/** The value of an enum that a text names, null where it names none: the enum's own string, not the one of a response. */
export function knownValue<Value extends string>(
  values: readonly Value[],
  text: string | null,
): Value | null {
  return values.find((value) => value === text) ?? null;
}

/** A value of an enum; null, and reported to the observer, for a value outside of it. */
export function readEnum<Value extends string>(
  row: WireRow,
  field: string,
  values: readonly Value[],
  observer: Observer,
): Value | null {
  return knownValue(values, readEnumText(row, field, values, observer));
}

/** The fields of a row in the order of its compact form, each with the values of its enum where it has one; a raw field may have other values too. */
export type RowFields<Name extends string> = readonly (readonly [name: Name, values?: readonly string[]])[];

/** The compact form of a row, for Redis: texts as they are, values of enums as their index, raw values of no enum as texts, null as null. */
export function compactRow<Name extends string>(
  fields: RowFields<Name>,
  row: { readonly [name in Name]: string | null },
): readonly (string | number | null)[] {
  return fields.map(([name, values]) => {
    const value = row[name];
    const index = value === null || values === undefined ? -1 : values.indexOf(value);
    return index === -1 ? value : index;
  });
}

/** The fields that {@link compactRow} wrote, not checked. @throws TypeError for what is no list */
export function expandRow<Name extends string>(
  fields: RowFields<Name>,
  compact: unknown,
): UncheckedFields<Name> {
  if (!Array.isArray(compact)) throw new TypeError('no row');
  const entries = fields.map(([name, values], index) => {
    const value: unknown = compact[index];
    return [name, typeof value === 'number' ? values?.[value] : value] as const;
  });
  return Object.fromEntries(entries) as UncheckedFields<Name>;
}

/** Decoded fields of a row before validation. */
export type UncheckedFields<Name extends string> = { readonly [name in Name]?: unknown };

/**
 * Whether decoded fields are valid: the first one, the id, is a non-empty string, the others are null or strings, and enums have a
 * known value.
 *
 * @param checks validates a field's string instead of its enum
 */
export function areValidFields<Name extends string>(
  fields: RowFields<Name>,
  row: UncheckedFields<Name>,
  checks?: ReadonlyMap<Name, (text: string) => boolean>,
): boolean {
  return fields.every(([name, values], index) => {
    const value = row[name];
    if (index === 0) return typeof value === 'string' && value !== '';
    if (value === null) return true;
    return typeof value === 'string' && (checks?.get(name)?.(value) ?? values?.includes(value) ?? true);
  });
}
