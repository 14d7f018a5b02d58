/** Takes secrets out of a text. */
export type Mask = (text: string) => string;

const HIDDEN = '***';

/** Shorter values are no secrets worth the name, and would tear words apart that merely contain them. */
const MIN_LENGTH = 6;

/**
 * What is secret whatever its value, each with the replacement. Every expression is linear in the length of the text: one
 * alternation of the four names below would be too, but takes the check of that 9 s.
 */
const SHAPES: readonly (readonly [shape: RegExp, replacement: string])[] = [
  // The credentials of a URL.
  [/(\/\/)[^\s/@"'\\]+@/g, `$1${HIDDEN}@`],
  [/(Signature=)[0-9a-f]+/gi, `$1${HIDDEN}`],
  [/(Bearer\s+)[\w.~+/=-]+/gi, `$1${HIDDEN}`],
  // A header or a field with its value, also in JSON within JSON.
  [/(authorization[\\"']*\s*[:=,]\s*[\\"']*(?:Basic\s+)?)[^\s\\"',;}]+/gi, `$1${HIDDEN}`],
  [/(x-api-key[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi, `$1${HIDDEN}`],
  [/(security[-_]?token[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi, `$1${HIDDEN}`],
  [/(access[-_]?key[-_]?secret[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi, `$1${HIDDEN}`],
];

/** Words with dots between them, among which JSON Web Tokens are. Never fails after a start, so it takes linear time. */
const DOTTED = /[\w-]+(?:\.[\w-]*)*/g;

/** How the header of a JSON Web Token begins: `{"` in base64url. */
const TOKEN_START = 'eyJ';

/** Hides JSON Web Tokens in dotted words. A token without its signature still says who somebody is. */
function hideTokens(dotted: string): string {
  if (!dotted.includes(TOKEN_START)) return dotted;
  const parts = dotted.split('.');
  const kept: string[] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? '';
    const start = part.indexOf(TOKEN_START);
    const isToken =
      start !== -1 &&
      start + TOKEN_START.length < part.length &&
      (parts[index + 1] ?? '') !== '' &&
      index + 2 < parts.length;
    kept.push(isToken ? part.slice(0, start) + HIDDEN : part);
    if (isToken) index += 2;
  }
  return kept.join('.');
}

/**
 * A mask for texts of our own making, which could hold a secret only where somebody put one in a wrong place.
 *
 * @param secrets values, as they are
 */
export function maskValues(secrets: readonly string[]): Mask {
  // The longer first, of which a shorter one may be a part.
  const known = secrets.filter(({ length }) => length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
}

/**
 * A mask for texts that others have made: messages and stacks of libraries. It also knows a secret by what stands around
 * it, and so takes some words for secrets that are none.
 *
 * @param secrets values, as they are
 */
export function createMask(secrets: readonly string[] = []): Mask {
  const byValue = maskValues(secrets);
  return (text) =>
    SHAPES.reduce((rest, [shape, replacement]) => rest.replace(shape, replacement), byValue(text)).replace(
      DOTTED,
      hideTokens,
    );
}
