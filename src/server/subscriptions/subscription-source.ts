import { type DocumentNode, type ExecutionResult, GraphQLError, subscribe } from 'graphql';
import type { ErrorCode } from '../../errors.ts';
import type { Cost } from '../../limits/cost.ts';
import { firstOf, unresolvedOperation } from '../../limits/validation.ts';
import type { Caller } from '../../paging/caller.ts';
import type { Params } from '../graphql/request-params.ts';
import type { TrustedDocuments } from '../graphql/trusted-documents.ts';
import type { EndpointOptions } from '../graphql/yoga.ts';

/** A valid subscription within the cost limit, ready to be started. */
export interface Subscription {
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** Operation name; empty for an anonymous operation. */
  readonly name: string;
  readonly variables: Params['variables'];
  readonly cost: Cost;
}

/** An error as the caller may see it. */
export type MaskedError = Pick<GraphQLError, 'message' | 'locations' | 'path' | 'extensions'>;

/** A result as the caller may see it. */
export interface MaskedResult {
  readonly data?: ExecutionResult['data'] | undefined;
  readonly errors?: readonly MaskedError[];
}

/**
 * Validates and starts subscriptions of one schema, for every transport. graphql-js executes them.
 *
 * @see https://spec.graphql.org/October2021/#sec-Subscription
 */
export class SubscriptionSource {
  readonly #options: EndpointOptions;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** Documents that may be requested by id. */
  get trustedDocuments(): TrustedDocuments {
    return this.#options.trustedDocuments;
  }

  /** Validates a subscription. Returns its errors if it may not be started; another kind of operation is an error too. */
  prepare({ query, operationName, variables }: Params): Subscription | readonly GraphQLError[] {
    const { documents } = this.#options;
    const found = documents.find(query);
    if (found instanceof GraphQLError) return [withCode(found, 'GRAPHQL_PARSE_FAILED')];
    if (found.errors.length > 0)
      return found.errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    const operation = found.operation(operationName);
    if (operation === undefined) return [unresolvedOperation(found.document, operationName)];
    if (operation.operation !== 'subscription') {
      const message = `Only subscriptions are accepted on this transport. Send a ${operation.operation} by POST.`;
      return [new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } })];
    }
    const cost = found.costOf(operation).of(variables);
    if (!documents.isAllowed(cost)) return [documents.rejection(cost)];
    const name = operation.name?.value ?? '';
    return { document: found.document, operationName, name, variables, cost };
  }

  /**
   * Starts a subscription.
   *
   * @returns its results, or a single one with errors if it could not be started. `next` rejects with the error that ends
   *   them. `return` may be called at any time, even while `next` is pending
   */
  async start(
    { document, operationName, variables }: Subscription,
    caller: Caller,
  ): Promise<AsyncIterator<MaskedResult, void>> {
    const { schema, documents, context } = this.#options;
    const results = await subscribe({
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: context(caller),
      hideSuggestions: !documents.introspection,
    });
    const source = Symbol.asyncIterator in results ? results : [results].values();
    return {
      next: async () => {
        const { done, value } = await source.next();
        if (done) return { done, value: undefined };
        const { errors, data } = value;
        return {
          done: false,
          value: errors === undefined ? { data } : { errors: this.masked(errors), data },
        };
      },
      return: async () => {
        await source.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  /** Converts errors to what the caller may see, without the HTTP status of a response. */
  masked(errors: readonly unknown[]): readonly MaskedError[] {
    const shown = firstOf(errors.map(this.#options.maskError));
    return shown.map(({ message, locations, path, extensions: { http: _, ...extensions } }) => ({
      message,
      locations,
      path,
      extensions,
    }));
  }
}

/** Returns a copy, because cached documents share their errors. */
function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  const { message, nodes, source, positions, extensions } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code, ...extensions },
  });
}
