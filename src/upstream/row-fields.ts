import { objectOf } from '../foreign-values.ts';
import type { Observer } from '../observer.ts';
import type { WireRow } from './ims.ts';

/** The object and the id of a row. Returns undefined for a row without an id, and reports it to the observer. */
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

/** Reads a string field. Returns null for a value of another type, and reports it to the observer. */
export function readText(row: WireRow, field: string, observer: Observer): string | null {
  const value = row[field];
  if (typeof value === 'string') return value;
  if (value !== undefined && value !== null) observer.malformedField(field, value);
  return null;
}

/**
 * Reads the text of an enum field, and reports a value that the enum lacks to the observer. An empty text means that the enum
 * does not apply, as for `Scenario` of Standard jobs.
 */
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

/**
 * The value of an enum that equals a text, else null. Returns the enum's own string, so that the response is not kept in
 * memory.
 */
export function knownValue<Value extends string>(
  values: readonly Value[],
  text: string | null,
): Value | null {
  return values.find((value) => value === text) ?? null;
}

/** Reads an enum field. Returns null for a value that the enum lacks, and reports it to the observer. */
export function readEnum<Value extends string>(
  row: WireRow,
  field: string,
  values: readonly Value[],
  observer: Observer,
): Value | null {
  return knownValue(values, readEnumText(row, field, values, observer));
}

/** Fields of a row in the order of its compact form; enums with their values. A raw field may contain other values too. */
export type RowFields<Name extends string> = readonly (readonly [name: Name, values?: readonly string[]])[];

/** The compact form of a row for Redis: texts unchanged, values of enums by index, unknown enum values as texts, and null. */
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

/** Reverses {@link compactRow}. The result is not validated. @throws TypeError if the input is not a list */
export function expandRow<Name extends string>(
  fields: RowFields<Name>,
  compact: unknown,
): UncheckedFields<Name> {
  if (!Array.isArray(compact)) throw new TypeError('not a list');
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
