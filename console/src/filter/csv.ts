/** A table for a spreadsheet: the names of the columns, and rows of as many texts each. Null is an empty cell. */
export interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What spreadsheets take for UTF-8 by. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * First characters of a cell that a spreadsheet computes as a formula. Tabs and line breaks count because some spreadsheets drop
 * them first, and full-width forms because East Asian versions read them as the plain ones.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * A sheet as CSV by RFC 4180, in UTF-8 with a byte order mark. Every field is quoted, because spreadsheets of some countries split
 * at semicolons. A field that a spreadsheet would compute gets an apostrophe in front, so that it is shown as text.
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

/** Has the browser save a text as a file. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
