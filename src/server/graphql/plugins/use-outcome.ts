import type { Plugin } from 'graphql-yoga';
import type { DocumentCache } from '../../../limits/document-cache.ts';
import type { GatewayContext } from '../../../schema/builder.ts';
import type { RequestContext } from '../../http/request-context.ts';
import { beginOperationSpan, codeOf, endOperationSpan } from '../operation-outcome.ts';
import type { ResponseCaller } from '../response-caller.ts';

/** What plugins get of a request. */
export interface YogaServerContext {
  readonly requestContext: RequestContext;
}

/** Sets the outcome of a request that yoga serves: which operation it found, and how that ended. */
export function useOutcome(
  documents: DocumentCache,
): Plugin<GatewayContext & YogaServerContext & Record<string, unknown>, YogaServerContext> {
  return {
    onExecute({ args, context: { caller, requestContext } }) {
      const operation = documents.of(args.document).operation(args.operationName);
      if (operation === undefined) return;
      const name = operation.name?.value ?? '';
      beginOperationSpan(caller as ResponseCaller, operation.operation, name);
      requestContext.outcome = { operation: name, code: 'OK' };
    },
    onResultProcess({ result, serverContext: { requestContext } }) {
      // Operations are not taken in batches, and no results that go on.
      if (result === undefined || Array.isArray(result) || Symbol.asyncIterator in result) return;
      const { errors } = result as { errors?: readonly { extensions?: Record<string, unknown> }[] };
      const operation = requestContext.outcome?.operation;
      const code = codeOf(errors);
      requestContext.outcome = { operation, code };
      const { caller } = requestContext;
      if (caller !== undefined && operation !== undefined) endOperationSpan(caller.span, code, caller);
    },
  };
}
