/** API key of the router, if the gateway requires one. Other subgraphs ignore it. */
const { GATEWAY_API_KEY } = process.env;

/**
 * Sends a query and returns its data.
 *
 * @throws Error with its errors when there is no data
 */
export async function ask<Data>(url: string, query: string): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(GATEWAY_API_KEY === undefined ? {} : { 'x-api-key': GATEWAY_API_KEY }),
    },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data?: Data | null; errors?: unknown };
  if (!data) throw new Error(`${url} has no answer to ${query}: ${JSON.stringify(errors)}`);
  return data;
}
