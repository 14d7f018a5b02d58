import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Refuses subscriptions: those that can be answered do not come to yoga. It would start one even where the client takes no
 * answer in which there could be several results.
 */
export const noStreams: Plugin = {
  onSubscribe() {
    const message =
      'A subscription has many results: send it by POST with `content-type: application/json` and `accept: text/event-stream`, or `accept: multipart/mixed;subscriptionSpec=1.0`. Or connect by WebSocket.';
    throw new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } });
  },
};
