import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import type { Cost } from '../../limits/cost.ts';
import type { DocumentCache } from '../../limits/document-cache.ts';
import { firstOf, unresolvedOperation } from '../../limits/validation.ts';
import type { Caller } from '../../paging/caller.ts';
import type { ErrorMask } from '../../plugins/use-errors.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import type { Params } from '../graphql/params.ts';

/** What subscriptions of one endpoint are made of: the same as its queries. */
export interface SubscriptionsOptions {
  readonly schema: GraphQLSchema;
  readonly documents: DocumentCache;
  readonly maskedErrors: ErrorMask;
  readonly context: (caller: Caller) => GatewayContext;
}

/** A subscription that may be started. */
export interface Subscription {
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** Of the operation; empty where it has none. */
  readonly name: string;
  readonly variables: Params['variables'];
  readonly cost: Cost;
}

/** A result as it was found. */
export interface Found {
  readonly data?: ExecutionResult['data'] | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
}

/** A result, or an error, as the caller may see it. */
export interface Shown {
  readonly data?: ExecutionResult['data'] | undefined;
  readonly errors?: readonly ShownError[];
}
export type ShownError = Pick<GraphQLError, 'message' | 'locations' | 'path' | 'extensions'>;

/**
 * The subscriptions of one schema, whatever way they come and their results go: checked like queries, run by graphql-js.
 *
 * @see https://spec.graphql.org/October2021/#sec-Subscription
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** What may be started, or what is wrong with it; what is no subscription is wrong too. */
  prepare({ query, operationName, variables }: Params): Subscription | readonly GraphQLError[] {
    const { documents } = this.#options;
    const found = documents.find(query);
    if (found instanceof GraphQLError) return [withCode(found, 'GRAPHQL_PARSE_FAILED')];
    if (found.errors.length > 0)
      return found.errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    const operation = found.operation(operationName);
    if (operation === undefined) return [unresolvedOperation(found.document, operationName)];
    if (operation.operation !== 'subscription')
      return [refusal(`Only a subscription is taken here; send a ${operation.operation} by POST.`)];
    const cost = found.costOf(operation).of(variables);
    if (!documents.isAllowed(cost)) return [documents.refusal(cost)];
    const name = operation.name?.value ?? '';
    return { document: found.document, operationName, name, variables, cost };
  }

  /** With what graphql-js is to run it. Results still have to be {@link shown}. */
  argsOf({ document, operationName, variables }: Subscription, caller: Caller): ExecutionArgs {
    const { schema, documents, context } = this.#options;
    return {
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: context(caller),
      hideSuggestions: !documents.introspection,
    };
  }

  /** What of a result the caller may see. */
  shown({ errors, data }: Found): Shown {
    return errors === undefined ? { data } : { errors: this.shownErrors(errors), data };
  }

  /** What of errors the caller may see; also of the one with which the results ended. */
  shownErrors(errors: readonly unknown[]): readonly ShownError[] {
    const { maskedErrors } = this.#options;
    return firstOf(errors.map((error) => maskedErrors.maskError(error, maskedErrors.errorMessage))).map(
      shownError,
    );
  }
}

/** How an answer over HTTP would be sent is nobody's business elsewhere. */
function shownError({ message, locations, path, extensions }: GraphQLError): ShownError {
  const { http: _, ...told } = extensions;
  return { message, locations, path, extensions: told };
}

/** Kept documents keep their errors, so these are not to be changed. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions: { code, ...extensions },
  });
}

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}
