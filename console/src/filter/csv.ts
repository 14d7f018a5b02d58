/** A table for CSV: column names, and rows of as many texts each. Null is an empty cell. */
export interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Byte order mark, by which spreadsheets detect UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * First characters by which a spreadsheet takes a cell for a formula. Tabs and line breaks count because some
 * spreadsheets skip them, and full-width forms because East Asian versions treat them like the ASCII characters.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * Formats a sheet as CSV (RFC 4180), in UTF-8 with a byte order mark. Every field is quoted, because in some locales
 * spreadsheets split at semicolons. A field that would be a formula gets an apostrophe in front, so that it is shown as
 * text.
 */
export function toCsv({ columns, rows }: Sheet): string {
  const lines = [columns, ...rows].map((fields) => fields.map(fieldOf).join(','));
  return `${BYTE_ORDER_MARK}${lines.join('\r\n')}\r\n`;
}

function fieldOf(value: string | null): string {
  if (value === null) return '';
  const text = FORMULA.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}

/** Downloads a text as a file. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has started by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
