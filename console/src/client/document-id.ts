import type { DocumentNode } from 'graphql';

/**
 * The id of a document: codegen wrote it beside the document. The gateway knows the console's documents by it, whatever
 * TRUSTED_DOCUMENTS says, so no text is ever sent.
 */
export function idOf(document: DocumentNode): string {
  const { __meta__ } = document as DocumentNode & { readonly __meta__?: { readonly hash: string } };
  if (__meta__ === undefined) throw new Error('this document was not generated, so it has no id');
  return __meta__.hash;
}
