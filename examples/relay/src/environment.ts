import { Environment, type FetchFunction, Network } from 'relay-runtime';

/** One request to the gateway. Half an answer counts as none: its error is thrown, for a Retry to show. */
const fetchGraphQL: FetchFunction = async ({ text: query }, variables) => {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json().catch(() => undefined);
  if (answer === undefined) throw new Error(`The gateway does not answer (${response.status}).`);
  if (answer.errors) throw new Error(answer.errors[0].message, { cause: answer.errors });
  return answer;
};

/** Relay as it comes: what it stores and merges needs no help with this schema. */
export const environment = new Environment({ network: Network.create(fetchGraphQL) });
