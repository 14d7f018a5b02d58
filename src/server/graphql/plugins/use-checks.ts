import { type DocumentNode, execute, GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { DocumentCache } from '../../../limits/document-cache.ts';
import { firstOf, MAX_ERRORS, unresolvedOperation } from '../../../limits/validation.ts';

/**
 * Makes yoga parse, validate and execute as the fast path does: documents come from one cache, graphql-js executes, and names
 * of the schema are suggested only where introspection is on. Of the errors of a request that was not executed, yoga reports
 * the first {@link MAX_ERRORS}.
 */
export function useChecks(documents: DocumentCache): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((text) => {
        const found = documents.find(String(text));
        if (found instanceof GraphQLError) throw found;
        return found.document;
      });
      return ({ result, context: { request, params } }) => {
        if (!(result instanceof Error)) checkOperation(result, params.operationName, request.method);
      };
    },
    onValidate({ params, setResult }) {
      setResult(documents.of(params.documentAST).errors);
    },
    onExecute({ setExecuteFn }) {
      // yoga's own executor makes suggestions from variables whatever it is told.
      setExecuteFn((args) => execute({ ...args, hideSuggestions: !documents.introspection }));
    },
    onExecutionResult({ result, setResult }) {
      if (result === undefined || Symbol.asyncIterator in result) return;
      const { data, errors } = result;
      // With data they are those of fields, of which each may have its own.
      if (data !== undefined || errors === undefined) return;
      setResult({ ...result, errors: firstOf(errors) });
    },
  };
}

/**
 * By GET only queries are taken: a link on any page could make a browser send the request.
 *
 * @throws GraphQLError where no operation is selected, and for what is no query by GET
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-GET
 */
function checkOperation(document: DocumentNode, operationName: string | undefined, method: string): void {
  const operation = getOperationAST(document, operationName)?.operation;
  if (operation === undefined) throw unresolvedOperation(document, operationName);
  if (method !== 'GET' || operation === OperationTypeNode.QUERY) return;
  throw new GraphQLError(`By GET only a query can be sent; send a ${operation} by POST.`, {
    extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: { Allow: 'POST' } } },
  });
}
