import { type DocumentNode, GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { CheckedDocuments } from '../limits/checked-documents.ts';
import { withoutSuggestion } from '../limits/suggestions.ts';
import { firstOf } from '../limits/validation.ts';

/**
 * Lets yoga take documents from where they are kept parsed and checked, so that what is refused one way is refused the
 * other way too. Of the errors for which nothing was executed, only the first are told, and nothing of the schema where that
 * is not to be told.
 */
export function useChecks(documents: CheckedDocuments): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((text) => {
        const found = documents.find(String(text));
        if (found instanceof GraphQLError) throw found;
        return found.document;
      });
      return ({ result, context: { request, params } }) => {
        if (request.method === 'GET' && !(result instanceof Error)) refuseByGet(result, params.operationName);
      };
    },
    onValidate({ params, setResult }) {
      setResult(documents.of(params.documentAST).errors);
    },
    onExecutionResult({ result, setResult }) {
      if (result === undefined || Symbol.asyncIterator in result) return;
      const { data, errors } = result;
      // With data they are those of fields, of which each may have its own.
      if (data !== undefined || errors === undefined) return;
      const told = firstOf(errors);
      setResult({ ...result, errors: documents.introspection ? told : told.map(withoutSuggestion) });
    },
  };
}

/**
 * A link on any page could make a browser send it.
 *
 * @throws GraphQLError for what is no query; what cannot be told is left to yoga
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-GET
 */
function refuseByGet(document: DocumentNode, operationName: string | undefined): void {
  const operation = getOperationAST(document, operationName)?.operation;
  if (operation === undefined || operation === OperationTypeNode.QUERY) return;
  throw new GraphQLError(`By GET only a query can be sent; send a ${operation} by POST.`, {
    extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: { Allow: 'POST' } } },
  });
}
