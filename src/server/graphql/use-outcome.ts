import type { IncomingMessage } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { DocumentCache } from '../../limits/document-cache.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import type { TraceSpan } from '../../telemetry/trace/tracer.ts';
import { callerOf, noteOutcome } from '../request-notes.ts';
import { endOperation, operationSpan } from './operation-span.ts';
import type { ResponseCaller } from './response-caller.ts';
import { codeOf } from './result-code.ts';

/** An operation that was found in a valid document. */
interface Found {
  readonly name: string;
  readonly span: TraceSpan | undefined;
}

type Context = GatewayContext & { readonly req: IncomingMessage };

/** Notes what yoga makes of a request: which operation it found, and how that ended. */
export function useOutcome(
  documents: DocumentCache,
): Plugin<Context & Record<string, unknown>, { req: IncomingMessage }> {
  const operations = new WeakMap<IncomingMessage, Found>();
  return {
    onExecute({ args, context }) {
      const operation = documents.of(args.document).operation(args.operationName);
      if (operation === undefined) return;
      const name = operation.name?.value ?? '';
      const span = operationSpan(context.caller as ResponseCaller, operation.operation, name);
      operations.set(context.req, { name, span });
    },
    onResultProcess({ result, serverContext }) {
      const { req } = serverContext;
      // Operations are not taken in batches, and no results that go on.
      if (result === undefined || Array.isArray(result) || Symbol.asyncIterator in result) return;
      const { errors } = result as { errors?: readonly { extensions?: Record<string, unknown> }[] };
      const found = operations.get(req);
      const code = codeOf(errors);
      noteOutcome(req, { operation: found?.name, code });
      const caller = callerOf(req);
      if (caller !== undefined) endOperation(found?.span, code, caller);
    },
  };
}
