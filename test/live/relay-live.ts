import type { Client } from 'graphql-ws';

/** The second argument of Relay's `Network.create`. */
export const subscribeOver =
  (webSocket: Client) =>
  ({ name, text }: { name: string; text: string | null }, variables: Record<string, unknown>) => ({
    subscribe: (sink: Parameters<Client['subscribe']>[1]) => ({
      unsubscribe: webSocket.subscribe({ operationName: name, query: text ?? '', variables }, sink),
    }),
  });
