/** What became of a result, in a word: `OK`, or the code of its first error, as the caller sees it. */
export function codeOf(
  errors: readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[] | undefined,
): string {
  const [first] = errors ?? [];
  if (first === undefined) return 'OK';
  const code = first.extensions?.code;
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
}
