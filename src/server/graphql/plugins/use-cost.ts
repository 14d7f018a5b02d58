import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Cost } from '../../../limits/cost.ts';
import { asksForCost, COST_HEADER, costExtensions } from '../../../limits/cost.ts';
import type { DocumentCache } from '../../../limits/document-cache.ts';
import type { Caller } from '../../../paging/caller.ts';
import type { GatewayContext } from '../../../schema/builder.ts';

/**
 * Rejects what would cost too much before anything is executed, and reports what an operation costs to callers who ask for it.
 * Rejects every subscription: those that can be served do not come to yoga, which would start one even where the client accepts
 * no stream.
 */
export function useCost(documents: DocumentCache): Plugin<GatewayContext & Record<string, unknown>> {
  const costOf = (args: ExecutionArgs) => {
    const found = documents.of(args.document);
    const operation = found.operation(args.operationName);
    return operation && found.costOf(operation).of(args.variableValues ?? undefined);
  };
  const runs = new WeakMap<object, { readonly cost: Cost; readonly caller: Caller }>();
  return {
    onExecute({ args, context }) {
      const cost = costOf(args);
      if (cost === undefined) return;
      runs.set(context, { cost, caller: context.caller });
      if (!documents.isAllowed(cost)) throw documents.refusal(cost);
    },
    onSubscribe({ args }) {
      const cost = costOf(args);
      if (cost !== undefined && !documents.isAllowed(cost)) throw documents.refusal(cost);
      const message =
        'A subscription has many results: send it by POST with `content-type: application/json` and `accept: text/event-stream`, or `accept: multipart/mixed;subscriptionSpec=1.0`. Or connect by WebSocket.';
      throw new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } });
    },
    onExecutionResult({ request, result, setResult, context }) {
      if (result === undefined || Symbol.asyncIterator in result) return;
      const run = asksForCost(request.headers.get(COST_HEADER)) ? runs.get(context) : undefined;
      if (run === undefined) return;
      const { cost, caller } = run;
      setResult({
        ...result,
        extensions: { ...result.extensions, ...costExtensions(cost, caller.calls?.count ?? 0) },
      });
    },
  };
}
