/** Takes secrets out of a text. */
export type Mask = (text: string) => string;

const HIDDEN = '***';

/** Shorter values are no secrets worth the name, and would tear words apart that merely contain them. */
const MIN_LENGTH = 6;

/** What is secret whatever its value, with what may stay before it. */
const SHAPES: readonly RegExp[] = [
  // The credentials of a URL.
  /(\/\/)[^\s/@"'\\]+(?=@)/g,
  /(Signature=)[0-9a-f]+/gi,
  /(Bearer\s+)[\w.~+/=-]+/gi,
  // A JSON Web Token; without its last part it proves nothing, but says who somebody is.
  /()eyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  // A header or a field with its value, also in JSON within JSON.
  /((?:authorization|x-api-key|(?:x-acs-)?security[-_]?token|access[-_]?key[-_]?secret)[\\"']*\s*[:=,]\s*[\\"']*)[^\s\\"',;}]+/gi,
];

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
  return (text) => SHAPES.reduce((rest, shape) => rest.replace(shape, `$1${HIDDEN}`), byValue(text));
}
