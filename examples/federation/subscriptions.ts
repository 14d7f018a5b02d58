/**
 * Subscriptions over server-sent events, one request each, with the headers of `propagateHeaders`. Without `method`
 * Hive Gateway sends them by GET, which the gateway accepts for queries only.
 */
export const byEvents = { options: { method: 'POST' } };

/** Subscriptions over one WebSocket. No headers are propagated there: the key is in `connection_init`. */
export const byWebSocket = {
  options: {
    subscriptions: {
      kind: 'ws',
      options: { connectionParams: { 'x-api-key': '{env.GATEWAY_API_KEY}' } },
    },
  },
};
