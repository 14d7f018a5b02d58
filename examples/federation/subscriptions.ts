/**
 * Subscriptions by server-sent events, a request each, with the headers of `propagateHeaders`. Without `method` Hive Gateway
 * sends them by GET, which the gateway rejects as it does everything by GET that is no query.
 */
export const byEvents = { options: { method: 'POST' } };

/** Subscriptions by WebSocket, all on one connection. No headers are propagated there: the key is in `connection_init`. */
export const byWebSocket = {
  options: {
    subscriptions: {
      kind: 'ws',
      options: { connectionParams: { 'x-api-key': '{env.GATEWAY_API_KEY}' } },
    },
  },
};
