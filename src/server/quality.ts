/**
 * The weight of one range in an Accept or Accept-Encoding header: 0 (not acceptable) to 1.
 *
 * @param parameters of the range, trimmed and in lower case, such as `q=0.5`
 * @returns 1 where there is no weight, or one that is no number
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
 */
export function qualityOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = weight === undefined || weight === '' ? 1 : Number(weight);
  return Number.isNaN(quality) ? 1 : Math.min(1, Math.max(0, quality));
}
