import { type ExecutionArgs, execute, GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { DocumentCache } from '../../limits/checked-document.ts';
import { asksForCost, COST_HEADER, type Cost, costExtensions } from '../../limits/cost.ts';
import { firstOf, MAX_ERRORS, unresolvedOperation } from '../../limits/validation.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import type { RequestContext } from '../http/request-context.ts';
import { beginOperationSpan, codeOf, endOperationSpan } from './operation-outcome.ts';
import { membersOf } from './request-params.ts';
import type { ResponseCaller } from './response-caller.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** Server context of yoga, as plugins see it. */
export interface YogaServerContext {
  readonly requestContext: RequestContext;
}

/** Passes the members of a request to yoga as the fast path reads them; rejects untrusted documents. */
export function useRequestMembers(trusted: TrustedDocuments): Plugin {
  return {
    onParams({ params, request, setParams }) {
      // yoga itself rejects anything but an object.
      if (typeof params !== 'object' || params === null || Array.isArray(params)) return;
      // yoga does not read `documentId` from a URL.
      const documentId = new URL(request.url).searchParams.get('documentId') ?? undefined;
      const given = request.method === 'GET' ? { ...params, documentId } : { ...params };
      const members = membersOf(given, trusted);
      if (members instanceof GraphQLError) throw members;
      const { operationName: name } = members;
      // yoga validates the types of all members but this one.
      if (name !== undefined && name !== null && typeof name !== 'string') {
        const type = Array.isArray(name) ? 'array' : typeof name;
        throw badRequest(`Expected "operationName" param to be empty or a string, but given ${type}.`, 400);
      }
      // Checked here, because yoga's own error has status 200 in application/json.
      if (members.query === undefined || members.query === null)
        throw badRequest('Must provide query string.', 400);
      setParams(members as typeof params);
    },
  };
}

/**
 * Makes yoga parse, validate and execute as the fast path does: documents come from one cache, graphql-js executes, and
 * errors suggest names of the schema only when introspection is on. Reports at most {@link MAX_ERRORS} errors of a request
 * that was not executed. GET accepts only queries, because a link on any page can make a browser send one.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-GET
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
        if (result instanceof Error) return;
        const operation = getOperationAST(result, params.operationName)?.operation;
        if (operation === undefined) throw unresolvedOperation(result, params.operationName);
        if (request.method !== 'GET' || operation === OperationTypeNode.QUERY) return;
        const message = `GET supports only queries. Send a ${operation} by POST.`;
        throw badRequest(message, 405, { headers: { Allow: 'POST' } });
      };
    },
    onValidate({ params, setResult }) {
      setResult(documents.of(params.documentAST).errors);
    },
    onExecute({ setExecuteFn }) {
      // yoga's own executor ignores `hideSuggestions` for variables.
      setExecuteFn((args) => execute({ ...args, hideSuggestions: !documents.introspection }));
    },
    onExecutionResult({ result, setResult }) {
      if (result === undefined || Symbol.asyncIterator in result) return;
      const { data, errors } = result;
      // Errors beside data come from fields; each field may have one, so they are not cut.
      if (data !== undefined || errors === undefined) return;
      setResult({ ...result, errors: firstOf(errors) });
    },
  };
}

/**
 * Sets the outcome of a request, rejects operations over the cost limit before execution, and adds `extensions.cost` for
 * callers that request it. Rejects every subscription that reaches yoga: valid ones are served before, and yoga would start
 * one even if the client accepts no stream.
 */
export function useOutcomeAndCost(
  documents: DocumentCache,
): Plugin<GatewayContext & YogaServerContext & Record<string, unknown>, YogaServerContext> {
  const find = (args: ExecutionArgs) => {
    const found = documents.of(args.document);
    const operation = found.operation(args.operationName);
    return operation && { operation, cost: found.costOf(operation).of(args.variableValues ?? undefined) };
  };
  const check = (cost: Cost) => {
    if (!documents.isAllowed(cost)) throw documents.rejection(cost);
  };
  const costs = new WeakMap<object, Cost>();
  return {
    onExecute({ args, context }) {
      const found = find(args);
      if (found === undefined) return;
      const { operation, cost } = found;
      const name = operation.name?.value ?? '';
      beginOperationSpan(context.caller as ResponseCaller, operation.operation, name);
      context.requestContext.outcome = { operation: name, code: 'OK' };
      costs.set(context, cost);
      check(cost);
    },
    onSubscribe({ args }) {
      const found = find(args);
      if (found !== undefined) check(found.cost);
      const message =
        'A subscription needs a stream. Send it by POST with `content-type: application/json` and `accept: text/event-stream` or `accept: multipart/mixed;subscriptionSpec=1.0`, or use a WebSocket.';
      throw badRequest(message, 406);
    },
    onExecutionResult({ request, result, setResult, context }) {
      if (result === undefined || Symbol.asyncIterator in result) return;
      const cost = asksForCost(request.headers.get(COST_HEADER)) ? costs.get(context) : undefined;
      if (cost === undefined) return;
      const extensions = costExtensions(cost, context.requestContext.caller?.calls?.count ?? 0);
      setResult({ ...result, extensions: { ...result.extensions, ...extensions } });
    },
    onResultProcess({ result, serverContext: { requestContext } }) {
      // Batches and incremental results are not supported.
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

/** An error whose HTTP status applies in every media type. */
function badRequest(
  message: string,
  status: number,
  http?: { headers: Record<string, string> },
): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status, ...http } } });
}
