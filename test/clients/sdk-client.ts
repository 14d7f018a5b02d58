import { type DocumentNode, type FormattedExecutionResult, GraphQLError, print } from 'graphql';
import { getSdk, type Sdk } from '../../operations/generated/sdk.ts';

/** A typed function for each operation. An answer with an error becomes that error, `extensions.code` included. */
export function createSdk(url: string): Sdk {
  return getSdk(async <R, V>(document: DocumentNode, variables?: V): Promise<R> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: print(document), variables }),
    });
    const { data, errors } = (await response.json()) as FormattedExecutionResult<R>;
    const error = errors?.[0];
    if (error) throw new GraphQLError(error.message, error);
    return data as R;
  });
}
