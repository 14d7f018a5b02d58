import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';

/** urql with queries and subscriptions over HTTP. */
export function createUrql(url: string, apiKey?: string): Client {
  return new Client({
    url,
    fetchOptions: { headers: apiKey === undefined ? {} : { 'x-api-key': apiKey } },
    fetchSubscriptions: true,
    exchanges: [cacheExchange({}), fetchExchange],
  });
}
