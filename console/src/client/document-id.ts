import type { DocumentNode } from 'graphql';

/**
 * Id of a document, which codegen writes into it. The gateway knows the console's documents by their ids in every mode
 * of TRUSTED_DOCUMENTS, so no query text is sent.
 */
export function idOf(document: DocumentNode): string {
  const { __meta__ } = document as DocumentNode & { readonly __meta__?: { readonly hash: string } };
  if (__meta__ === undefined) throw new Error('this document was not generated, so it has no id');
  return __meta__.hash;
}
