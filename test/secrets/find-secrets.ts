/** A value that must not leak. */
export interface Secret {
  /** Its name in reports, which must not contain the value. */
  readonly name: string;
  readonly value: string;
}

/** A leaked secret. */
export interface Finding {
  /** 1-based. */
  readonly line: number;
  readonly name: string;
}

/** File with the secrets in a folder of recordings, one JSON value per line. */
export const SECRETS_FILE = 'secrets.jsonl';

/** Minimum length; shorter values cannot be distinguished from words. */
export const MIN_LENGTH = 6;

/** Patterns of values that are always secret. */
const SHAPES: readonly (readonly [name: string, shape: RegExp])[] = [
  ['signature of an upstream call', /Signature=[0-9a-f]{16}/g],
  ['JSON Web Token', /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g],
  ['credentials in a URL', /[a-z]:\/\/(?!\*{3}@)[^\s/@"'\\<>]+@/g],
];

/**
 * Secrets in a text, in the order of lines: literally, and as written by JSON, URLs, HTTP basic authentication and
 * hexadecimal dumps. Of overlapping secrets, one is reported; a secret that is split over two lines is not found.
 */
export function findSecrets(text: string, secrets: Iterable<Secret>): Finding[] {
  const names = new Map<string, string>();
  for (const { name, value } of secrets) {
    if (value.length < MIN_LENGTH)
      throw new RangeError(`the secret "${name}" has under ${MIN_LENGTH} characters`);
    for (const form of formsOf(value)) names.set(form, name);
  }
  // One expression is about fifty times as fast as a search per secret.
  const forms = [...names.keys()].sort((a, b) => b.length - a.length);
  const known = new RegExp(forms.map((form) => form.replace(/[^\w]/g, '\\$&')).join('|') || '(?!)', 'g');
  const found = [...text.matchAll(known)].map(({ index, 0: form }) => ({
    at: index,
    name: names.get(form) ?? '',
  }));
  for (const [name, shape] of SHAPES)
    for (const { index } of text.matchAll(shape)) found.push({ at: index, name });
  return withLines(text, found);
}

function formsOf(value: string): Set<string> {
  const bytes = Buffer.from(value);
  return new Set([
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    // The last characters depend on what follows.
    bytes.toString('base64').replace(/.?=*$/, ''),
    bytes.toString('hex'),
  ]);
}

function withLines(text: string, found: { readonly at: number; readonly name: string }[]): Finding[] {
  const findings = new Map<string, Finding>();
  let line = 1;
  let lineEnd = text.indexOf('\n');
  for (const { at, name } of found.sort((a, b) => a.at - b.at)) {
    for (; lineEnd !== -1 && lineEnd < at; lineEnd = text.indexOf('\n', lineEnd + 1)) line++;
    findings.set(`${line} ${name}`, { line, name });
  }
  return [...findings.values()];
}
