import { Environment, type FetchFunction, Network } from 'relay-runtime';

/** Sends a request to the gateway. Throws the first error also of a partial response, for a Retry button to show. */
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

/** Relay without configuration: its store and pagination work with this schema as they are. */
export const environment = new Environment({ network: Network.create(fetchGraphQL) });
