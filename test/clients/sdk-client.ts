import {
  type DocumentNode,
  type FormattedExecutionResult,
  GraphQLError,
  getOperationAST,
  print,
} from 'graphql';
import { getSdk, type Sdk } from '../../examples/operations/generated/sdk.ts';
import { subscribe } from '../live/read-events.ts';

/** A typed function for each operation. A response with an error throws it, with `extensions.code`. */
export function createSdk(url: string): Sdk {
  return getSdk(<R, V>(document: DocumentNode, variables?: V) => {
    const operation = { query: print(document), variables: { ...variables } };
    const isStream = getOperationAST(document)?.operation === 'subscription';
    return isStream ? stream<R>(url, operation) : ask<R>(url, operation);
  });
}

async function ask<R>(url: string, operation: { query: string; variables: object }): Promise<R> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(operation),
  });
  return dataOf<R>((await response.json()) as FormattedExecutionResult<R>);
}

/** By `subscribe` of live.md. */
async function* stream<R>(url: string, operation: { query: string; variables: object }) {
  for await (const result of subscribe<FormattedExecutionResult<R>>(url, operation)) yield dataOf<R>(result);
}

function dataOf<R>({ data, errors }: FormattedExecutionResult<R>): R {
  const error = errors?.[0];
  if (error) throw new GraphQLError(error.message, error);
  return data as R;
}
