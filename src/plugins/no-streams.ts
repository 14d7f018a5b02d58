import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Refuses subscriptions: those that can be answered do not come to yoga. It would start one even where the client takes no
 * answer in which there could be several results.
 */
export const noStreams: Plugin = {
  onSubscribe() {
    const message =
      'A subscription is answered as server-sent events: send it by POST with `accept: text/event-stream` and `content-type: application/json`. Or connect by WebSocket.';
    throw new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } });
  },
};
